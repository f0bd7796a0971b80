"""Workshops: a room is filled without a message to anyone twice, or to anyone who said no.

    places.py     signing up, the waitlist, the offers; always with the workshop locked
    planning.py   what staff do: write, open, cancel, check in, call
    chat.py       what a worker says and presses about workshops
    letters.py    what is said, in the person's language;  phrases.py: its sentences
    keeper.py     what time does: offers end, the next are promoted, reminders go out
    papers.py     link, QR code, poster, certificate, calendar invitation

A person goes   going                        -> cancelled
                waiting -> offered -> going  |  lapsed (12 h without a yes; 2 h near the day)
"""
