"""The rules of `hamrah flows check` (flows/check.py), a small function each."""
