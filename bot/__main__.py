"""`python -m bot` is the same as `hamrah`."""

from bot.cli import main

main()
