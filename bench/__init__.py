"""Benchmarks: `make bench`. Not part of the tests: no test depends on time."""

Row = tuple[str, float, float | None]  # what, how many a second, the peer's number
