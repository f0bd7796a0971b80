"""What is said of workshops to the people who come. Short plain sentences."""

from flows.model import Phrase

WORKSHOPS = Phrase("workshop.menu", "Workshops")
LIST = Phrase("workshop.list", "You can sign up for these workshops. They are free.")
LIST_EMPTY = Phrase("workshop.list_empty", "There is no workshop to sign up for at the moment.")
UNKNOWN = Phrase("workshop.unknown", "I do not know this workshop. Please look at the code again.")
OVER = Phrase("workshop.over", "One cannot sign up for this workshop any more.")
WHEN = Phrase("workshop.when", "When: {begins} to {ends}, Baku time")
WHERE = Phrase("workshop.where", "Where: {place}")
MAP = Phrase("workshop.map", "Map: {link}")
SPOKEN = Phrase("workshop.spoken", "Languages: {languages}")
MATERIALS = Phrase("workshop.materials", "Materials: {materials}")
FREE = Phrase("workshop.free", "Free places: {number}")
FULL = Phrase("workshop.full", "All places are taken. You can wait for one to become free.")

SIGN_UP = Phrase("workshop.sign_up", "Sign me up")
ASK_REMINDERS = Phrase(
    "workshop.ask_reminders",
    "May I write to you here about workshops that you sign up for? Only when a place becomes free, "
    "when something changes, the day before, two hours before, and once after it. Nothing else "
    "comes. The word “stop” ends it.",
)
REMIND_ME = Phrase("workshop.remind_me", "Yes, write to me")
DO_NOT_WRITE = Phrase("workshop.do_not_write", "No, do not write")
GOING = Phrase(
    "workshop.going", "You have a place: “{title}”, {begins}. Your code for the door: {code}"
)
NOT_REMINDED = Phrase(
    "workshop.not_reminded", "I will not write to you about it. You can look here at any time."
)
WAITING = Phrase(
    "workshop.waiting",
    "All places are taken. You are number {number} in the queue for “{title}”, {begins}.",
)
OFFER = Phrase(
    "workshop.offer",
    "A place is free for you: “{title}”, {begins}. Say yes before {until}. "
    "After that the next person gets it.",
)
TAKE_IT = Phrase("workshop.take_it", "Yes, I come")
GIVE_UP = Phrase("workshop.give_up", "I cannot come")
REALLY = Phrase(
    "workshop.really", "Do you want to give up your place in “{title}”? Somebody else gets it."
)
YES_GIVE_UP = Phrase("workshop.yes_give_up", "Yes, give it up")
KEEP = Phrase("workshop.keep", "No, I come")
GAVE_UP = Phrase("workshop.gave_up", "Your place is given up. Thank you for telling us.")
LAPSED = Phrase(
    "workshop.lapsed", "The time to say yes is over, and the next person has got the place."
)
REMINDER = Phrase(
    "workshop.reminder",
    "Remember: “{title}”, {begins}. Where: {place}. Your code for the door: {code}",
)
CHANGED = Phrase(
    "workshop.changed", "Something has changed: “{title}” is now on {begins}. Where: {place}"
)
CALLED_OFF = Phrase(
    "workshop.called_off", "“{title}”, {begins}, does not take place. We are sorry."
)
HERE = Phrase("workshop.here", "Welcome! You are on the list of those who came.")
NOT_HERE = Phrase(
    "workshop.not_here", "This code works at the door, on the day, for people who have a place."
)
FEEDBACK = Phrase("workshop.feedback", "How was “{title}”?")
GOOD = Phrase("workshop.good", "👍 Good")
SO_SO = Phrase("workshop.so_so", "😐 So-so")
BAD = Phrase("workshop.bad", "👎 Not good")
THANKS = Phrase("workshop.thanks", "Thank you. It helps us to make the next one better.")
