"""The rules of `hamrah flows check` (flows/tools/check.py), a small function each."""
