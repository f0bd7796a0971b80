"""What stands on posters, certificates and in texts to forward."""

from flows.model import Phrase

KICKER = Phrase("workshop.paper.kicker", "Free workshop")
SCAN = Phrase("workshop.paper.scan", "Scan this with your phone to sign up")
OR_WRITE = Phrase("workshop.paper.or_write", "or write to the bot: {word}")
FOOT = Phrase("workshop.paper.foot", "It costs nothing. Nobody asks for your papers.")
SIGN_UP_HERE = Phrase("workshop.paper.sign_up_here", "Sign up here: {link}")
WELCOME = Phrase("workshop.paper.welcome", "Welcome")
CHECK_IN = Phrase("workshop.paper.check_in", "Code of this room: {code}")
SCAN_DOOR = Phrase("workshop.paper.scan_door", "Scan this to say that you are here")
CERTIFICATE = Phrase("workshop.paper.certificate", "Certificate of attendance")
CERTIFIES = Phrase("workshop.paper.certifies", "This is to say that")
TOOK_PART = Phrase("workshop.paper.took_part", "took part in the workshop")
SIGNATURE = Phrase("workshop.paper.signature", "Signature, date")
