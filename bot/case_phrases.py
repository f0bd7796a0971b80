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
        "photo_paper": Phrase("ready.photo_paper", "Please send a photo of the paper you got."),
        "photo_place": Phrase(
            "ready.photo_place", "If it is safe: please send a photo of the place of work."
        ),
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
