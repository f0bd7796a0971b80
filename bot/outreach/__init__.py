"""Outreach: announcements to the people who want them.

news.py            consent: asked once and separately, ended by one word or one button
letters.py         what a person gets: the words in their language, with the buttons below
announcements.py   composing, approving, watching; the table of moves
progress.py        how far an announcement is
"""
