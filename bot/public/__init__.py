"""Pages for everybody: a workshop, and signing up for it without a chat.

page.py       the views;  limits.py: how often one address may post
phrases.py    the pages' own sentences
"""

from bot.public.page import add_routes

__all__ = ["add_routes"]
