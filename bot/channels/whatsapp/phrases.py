"""What only WhatsApp shows."""

from flows.model import Phrase

CHOOSE = Phrase("whatsapp.choose", "Choose")  # on the button that opens a list: 20 letters at most
MORE = Phrase("whatsapp.more", "➡️ More")  # a row of the list: 24 letters at most
