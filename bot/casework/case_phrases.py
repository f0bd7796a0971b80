"""What the worker reads about the work on the case: questions, papers, consents, "My case"."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase

# -- ready questions ---------------------------------------------------------------------------

UNKNOWN = Phrase("bot.answer.unknown", "❓ I do not know")
NOT_THERE = Phrase("bot.answer.not_there", "🚫 I do not have it")
THANKS = Phrase("bot.answer.thanks", "Thank you. Your lawyer has your answer now.")
ANSWERED = Phrase("bot.answer.already", "You have answered this question already.")
WRITE_DATE = Phrase("bot.answer.write_date", "Please write day, month and year.")
WRITE_AMOUNT = Phrase("bot.answer.write_amount", "Please write only the number, in manat.")
PRESS_PLACE = Phrase("bot.answer.press_place", "Please press the button of the nearest place.")
SEND_PHOTO = Phrase("bot.answer.send_photo", "Please send a photo or a file here, if it is safe.")

READY: Mapping[str, Phrase] = MappingProxyType(
    {
        "works_there": Phrase("ready.works_there", "Do you still work for this employer?"),
        "in_azerbaijan": Phrase("ready.in_azerbaijan", "Are you in Azerbaijan now?"),
        "has_contract": Phrase("ready.has_contract", "Do you have a written contract?"),
        "has_passport": Phrase("ready.has_passport", "Do you have your passport with you?"),
        "safe_to_call": Phrase("ready.safe_to_call", "Is it safe for you if I call you?"),
        "others_too": Phrase(
            "ready.others_too", "Are there other workers there with the same problem?"
        ),
        "work_began": Phrase("ready.work_began", "On which day did you begin to work there?"),
        "work_ended": Phrase("ready.work_ended", "On which day did the work end?"),
        "last_pay": Phrase("ready.last_pay", "On which day did you last get money for your work?"),
        "entered": Phrase("ready.entered", "On which day did you come to Azerbaijan?"),
        "stay_until": Phrase("ready.stay_until", "Until which day may you stay in Azerbaijan?"),
        "paper_received": Phrase("ready.paper_received", "On which day did you get the paper?"),
        "money_owed": Phrase("ready.money_owed", "How much money have you not been given?"),
        "monthly_pay": Phrase("ready.monthly_pay", "How much money were you promised a month?"),
        "debt": Phrase("ready.debt", "How much money do they say that you owe them?"),
        "place": Phrase("ready.place", "In which part of the country do you live or work now?"),
        "photo_paper": Phrase("ready.photo_paper", "Please send a photo of the paper you got."),
        "photo_place": Phrase(
            "ready.photo_place", "If it is safe: please send a photo of the place of work."
        ),
    }
)

# Answers to "place": regions as people speak of them. At most ten: WhatsApp's lists hold no more.
PLACES: Mapping[str, Phrase] = MappingProxyType(
    {
        "baku": Phrase("place.baku", "Baku"),
        "absheron": Phrase("place.absheron", "Sumgayit, Absheron"),
        "ganja": Phrase("place.ganja", "Ganja, the west"),
        "sheki": Phrase("place.sheki", "Sheki, north-west"),
        "guba": Phrase("place.guba", "Guba, north-east"),
        "aran": Phrase("place.aran", "Mingachevir, centre"),
        "lankaran": Phrase("place.lankaran", "Lankaran, the south"),
        "karabakh": Phrase("place.karabakh", "Karabakh"),
        "nakhchivan": Phrase("place.nakhchivan", "Nakhchivan"),
        "abroad": Phrase("place.abroad", "Outside Azerbaijan"),
    }
)

# -- papers ------------------------------------------------------------------------------------

PAPERS: Mapping[str, Phrase] = MappingProxyType(
    {
        "contract": Phrase("paper.contract", "Work contract"),
        "passport_page": Phrase("paper.passport_page", "Page of the passport"),
        "permit": Phrase("paper.permit", "Permit to work or to stay"),
        "payslips": Phrase("paper.payslips", "Payslips or bank papers"),
        "power_of_attorney": Phrase("paper.power_of_attorney", "Power of attorney"),
        "court_application": Phrase("paper.court_application", "Application to the court"),
        "certificate": Phrase("paper.certificate", "Certificate"),
        "other": Phrase("paper.other", "Another paper"),
    }
)
ASK_PAPER: Mapping[str, Phrase] = MappingProxyType(
    {
        "contract": Phrase("paper.contract.ask", "Please send a photo of your work contract."),
        "passport_page": Phrase(
            "paper.passport_page.ask", "Please send a photo of the page of your passport with you."
        ),
        "permit": Phrase(
            "paper.permit.ask", "Please send a photo of your permit to work or to stay."
        ),
        "payslips": Phrase(
            "paper.payslips.ask", "Please send photos of your payslips, or of papers of your bank."
        ),
        "power_of_attorney": Phrase(
            "paper.power_of_attorney.ask",
            "Please send a photo of your power of attorney. Your lawyer tells you here what must "
            "stand in it.",
        ),
        "court_application": Phrase(
            "paper.court_application.ask", "Please send a photo of the signed application."
        ),
        "certificate": Phrase("paper.certificate.ask", "Please send a photo of the certificate."),
        "other": Phrase(
            "paper.other.ask", "Please send a photo of the paper that your lawyer wrote about."
        ),
    }
)
POSTED = Phrase(
    "bot.paper_posted",
    "There is news in your case {code}: papers were posted on {day}. Number of the letter: "
    "{tracking}.",
)
POSTED_WITHOUT_NUMBER = Phrase(
    "bot.paper_posted_without_number",
    "There is news in your case {code}: papers were posted on {day}.",
)

# -- consents ----------------------------------------------------------------------------------

CONSENTS: Mapping[str, Phrase] = MappingProxyType(
    {
        "keep_parties": Phrase(
            "consent.keep_parties",
            "To write letters for you, your lawyer needs to write down names: yours, your "
            "employer's, and others in your case. Only the lawyers of this project see them. If "
            "you erase everything here, they are gone. May your lawyer write down names?",
        ),
        "report_facts": Phrase(
            "consent.report_facts",
            "The project counts whom it helped, without names: man or woman, about how old, from "
            "which country, which work and region. May we count you? Your case goes on in the "
            "same way if you say no.",
        ),
        "tell_story": Phrase(
            "consent.tell_story",
            "May we tell your story to others without your name, and without anything by which "
            "people could know you? Your case goes on in the same way if you say no.",
        ),
    }
)
JOINT = Phrase(
    "consent.joint_action",
    "Other workers have a problem with the same employer. You can act together, for example with "
    "one letter for all. Your chat stays between you and your lawyer: the others do not read it. "
    "But the employer may then learn that you take part. You can leave at any time, and your own "
    "case goes on in the same way if you say no. Do you want to take part?",
)
REFER = Phrase(
    "consent.refer",
    "Your lawyer would like to pass your case to: {name}. {who} {authority} They would get what "
    "you and your lawyer decide that they need, and they may write to you or call you. Your case "
    "here goes on if you say no. May your lawyer pass your case to them?",
)
REFERRED = Phrase(
    "bot.referred", "There is news in your case {code}: it was passed to {name}, as you agreed."
)

# -- "My case" ---------------------------------------------------------------------------------

NO_CASE = Phrase(
    "bot.my_case.none", "No lawyer has a case of yours. To talk to a lawyer, press 👤 Lawyer."
)
MY_CASE = Phrase("bot.my_case.head", "Your case {code}.")
STATES: Mapping[str, Phrase] = MappingProxyType(
    {
        "queued": Phrase("bot.my_case.queued", "It waits for a lawyer to take it."),
        "claimed": Phrase("bot.my_case.claimed", "A lawyer has it and will write to you here."),
        "active": Phrase("bot.my_case.active", "A lawyer works on it."),
        "waiting_worker": Phrase("bot.my_case.waiting_worker", "Your lawyer waits for you."),
        "waiting_third": Phrase(
            "bot.my_case.waiting_third",
            "We wait for an answer of an office, a court or your employer.",
        ),
        "closed": Phrase(
            "bot.my_case.closed", "It is closed. If you need the lawyer again, write here."
        ),
    }
)
OPEN_QUESTION = Phrase("bot.my_case.question", "Your lawyer asked: {question}")
MISSING_PAPERS = Phrase("bot.my_case.missing", "Still missing from you: {papers}.")
NEXT_DAY = Phrase("bot.my_case.next", "The next step is planned for {day}.")
HEARING_DAY = Phrase("bot.my_case.hearing", "Day of the court or office: {day}.")
TRACKING = Phrase(
    "bot.my_case.tracking", "Posted on {day}: {paper}. Number of the letter: {tracking}."
)
TRACKING_WITHOUT_NUMBER = Phrase("bot.my_case.posted", "Posted on {day}: {paper}.")

# -- under "My case" ---------------------------------------------------------------------------

CALL_ME = Phrase("my_case.call_me", "☎️ Call me")
SET_CODE = Phrase("my_case.set_code", "🔒 Set a code")
REMOVE_CODE = Phrase("my_case.remove_code", "🔓 Remove the code")
SOMEONE_ELSE = Phrase("my_case.someone_else", "👥 I am someone else")
STOP = Phrase("my_case.stop", "Stop")
NOT_CHANGED = Phrase("my_case.not_changed", "Nothing was changed.")
WRITE_CODE = Phrase("my_case.write_code", "Please write your code.")
NEW_CODE = Phrase(
    "my_case.new_code",
    "Please write a new code: 4 to 12 letters or digits. Delete that message after it, so that "
    "nobody reads it here.",
)
CODE_SET = Phrase("my_case.code_set", "From now on we ask for this code before we tell your case.")
CODE_GONE = Phrase("my_case.code_gone", "We ask for no code any more.")
CODE_WRONG = Phrase("my_case.code_wrong", "This is not your code. Please write it again.")
CODE_WAIT = Phrase(
    "my_case.code_wait", "There were too many wrong codes. Please wait some minutes."
)
WRITE_NUMBER = Phrase("my_case.write_number", "Please write the phone number to call.")
CALL_OR_COME = Phrase(
    "my_case.call_or_come",
    "We can call you, or you can come to one of our reception rooms: write here if you want to "
    "come. For a call, please write the phone number. Only a number where it is safe for you.",
)
NO_NUMBER = Phrase("my_case.no_number", "This is no phone number. Please write only the number.")
WHEN_SAFE = Phrase("my_case.when_safe", "When is it safe to call you?")
WILL_CALL = Phrase(
    "my_case.will_call", "Your lawyer has the number and the hours, and will call you then."
)
OTHER_SURE = Phrase(
    "my_case.other_sure",
    "A new person then begins here, and nothing of your case comes to this chat any more. To come "
    "back, write here the two words that bring a hidden chat back. Do you remember them? Then "
    "press the button.",
)
OTHER_SURE_CODE = Phrase(
    "my_case.other_sure_code",
    "A new person then begins here, and nothing of your case comes to this chat any more. To come "
    "back, write here the two words that bring a hidden chat back, and your code after them. Do "
    "you remember them? Then press the button.",
)
OTHER_PERSON = Phrase(
    "my_case.other_person",
    "From now on this chat is yours. What was said before belongs to the other person, and their "
    "messages do not come here.",
)
NUDGE = Phrase(
    "my_case.nudge", "There is something that waits for you. Press the button when it is safe."
)
