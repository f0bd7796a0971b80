"""What the page of a case says beside the conversation: people, papers, steps, ending."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase

# -- what is next ------------------------------------------------------------------------------

NEXT = Phrase("desk.case.next", "What is next")
NEXT_MISSING = Phrase(
    "desk.case.next_missing",
    "This case has no next date. When will you look at it again? A guess is better than nothing.",
)
NEXT_OVER = Phrase("desk.case.next_over", "This day has passed.")
NEXT_DAY = Phrase("desk.case.next_day", "Day")
NEXT_WHAT = Phrase("desk.case.next_what", "What you will do")
NEXT_SAVE = Phrase("desk.case.next_save", "Save the next date")
CLOCKS = Phrase("desk.case.clocks", "Days of the law")
CLOCKS_HINT = Phrase(
    "desk.case.clocks_hint", "Counted from what the worker answered. Check the answer first."
)
CLOCK_PASSED = Phrase("desk.case.clock_passed", "passed")
CLOCK_SINCE = Phrase("desk.case.clock_since", "{period} after {day}: {question}")
WORKING_DAYS = Phrase("desk.case.working_days", "{count} working day", "{count} working days")
DAYS = Phrase("desk.case.days", "{count} day", "{count} days")
MONTHS = Phrase("desk.case.months", "{count} month", "{count} months")

# -- questions and quick replies ---------------------------------------------------------------

ASK = Phrase("desk.case.ask", "Ask a ready question")
ASK_HINT = Phrase(
    "desk.case.ask_hint",
    "It goes out in {language}, with buttons. The answer comes back in your language.",
)
ASK_WHICH = Phrase("desk.case.ask_which", "Question")
ASK_NOW = Phrase("desk.case.ask_now", "Send the question")
ASK_UNTRANSLATED = Phrase(
    "desk.case.ask_untranslated",
    "Some questions are not in {language} yet: these go out in English and are marked (English).",
)
IN_ENGLISH = Phrase("desk.case.in_english", "{question} (English)")
FORMS: Mapping[str, Phrase] = MappingProxyType(
    {
        "yes_no": Phrase("desk.case.form.yes_no", "Yes or no"),
        "date": Phrase("desk.case.form.date", "A day"),
        "amount": Phrase("desk.case.form.amount", "An amount"),
        "photo": Phrase("desk.case.form.photo", "A photo"),
        "place": Phrase("desk.case.form.place", "A place"),
    }
)
ASKED = Phrase("desk.case.asked", "You asked: {question}")
ANSWER = Phrase("desk.case.answer", "Answer: {answer}")
NO_ANSWER = Phrase("desk.case.no_answer", "No answer yet")
ANSWER_UNKNOWN = Phrase("desk.case.answer.unknown", "I do not know")
ANSWER_YES = Phrase("desk.case.answer.yes", "Yes")
ANSWER_NO = Phrase("desk.case.answer.no", "No")
ANSWER_FILE = Phrase("desk.case.answer.file", "a file, below in the conversation")

QUICK = Phrase("desk.quick", "Quick replies")
QUICK_LEAD = Phrase(
    "desk.quick_lead",
    "One name, the same words in each language. The worker gets the words in their own language.",
)
QUICK_NONE = Phrase("desk.quick_none", "There are no quick replies yet.")
QUICK_SEND = Phrase("desk.quick_send", "Send")
QUICK_SEND_IN = Phrase("desk.quick_send_in", "Send in {language}")
QUICK_USE = Phrase("desk.quick_use", "Put into my reply")
QUICK_MISSING = Phrase("desk.quick_missing", "Not there in {languages}.")
QUICK_MISSING_HERE = Phrase("desk.quick_missing_here", "It is not there in {language}.")
QUICK_ALL = Phrase("desk.quick_all", "All quick replies")
QUICK_NAME = Phrase("desk.quick_name", "Name")
QUICK_NEW = Phrase("desk.quick_new", "New quick reply")
QUICK_SAVE = Phrase("desk.quick_save", "Save")
QUICK_REMOVE = Phrase("desk.quick_remove", "Remove {name}")

# -- interpreters ------------------------------------------------------------------------------

INTERPRETER = Phrase("desk.interpreter", "Interpreter")
INTERPRETER_HINT = Phrase(
    "desk.interpreter_hint",
    "An interpreter whom you invite reads this one conversation and writes under each message what "
    "it says. They see no notes, no names list, nothing else. All they do is in the audit log.",
)
INVITE = Phrase("desk.interpreter_invite", "Invite {name}")
UNINVITE = Phrase("desk.interpreter_end", "End for {name}")
NO_INTERPRETERS = Phrase("desk.interpreter_none", "The office has no other interpreter.")
INTERPRETER_CASES = Phrase("desk.interpreter_cases", "Cases that you interpret")
INTERPRETER_NO_CASES = Phrase(
    "desk.interpreter_no_cases", "No lawyer has invited you to a case at the moment."
)
TRANSLATE = Phrase("desk.interpreter_translate", "What it says, in your language")
TRANSLATE_SAVE = Phrase("desk.interpreter_save", "Write it under the message")
TRANSLATE_MESSAGE = Phrase("desk.interpreter_message", "Translate")
TRANSLATED_BY = Phrase("desk.interpreter_by", "{name}, interpreting:")

# -- people ------------------------------------------------------------------------------------

PEOPLE = Phrase("desk.people", "People")
PEOPLE_ASK = Phrase("desk.people_ask", "Names are kept only after the worker's yes to that.")
PEOPLE_GO = Phrase("desk.people_go", "A no deletes all names below, for good.")
PEOPLE_NONE = Phrase("desk.people_none", "Nobody is written down yet.")
PEOPLE_ROLE = Phrase("desk.people_role", "Who is it?")
PEOPLE_NAME = Phrase("desk.people_name", "Name, in any script")
PEOPLE_NOTE = Phrase("desk.people_note", "About this person (telephone, address, birthday)")
PEOPLE_ADD = Phrase("desk.people_add", "Write down")
REMOVE = Phrase("desk.case.remove", "Remove {name}")
ROLES: Mapping[str, Phrase] = MappingProxyType(
    {
        "worker": Phrase("desk.party.worker", "The worker"),
        "employer": Phrase("desk.party.employer", "Employer"),
        "foreman": Phrase("desk.party.foreman", "Foreman"),
        "third_person": Phrase("desk.party.third_person", "Another person"),
        "child": Phrase("desk.party.child", "Child"),
    }
)
CONSENT_ASK = Phrase("desk.consent_ask", "Ask the worker in the chat")
CONSENT_TOLD_YES = Phrase("desk.consent_told_yes", "The worker told me yes")
CONSENT_TOLD_NO = Phrase("desk.consent_told_no", "The worker told me no")
CONSENT_WAITS = Phrase("desk.consent_waits", "The worker was asked and has not answered yet.")
CONSENT_NO = Phrase("desk.consent_no", "The worker said no.")
CONSENT_YES = Phrase("desk.consent_yes", "The worker said yes.")
CONSENTS: Mapping[str, Phrase] = MappingProxyType(
    {
        "keep_parties": Phrase("desk.consent.keep_parties", "Consent: names may be written down"),
        "report_facts": Phrase("desk.consent.report_facts", "Consent: to be counted"),
        "tell_story": Phrase(
            "desk.consent.tell_story", "Consent: the story may be told without names"
        ),
        "joint_action": Phrase("desk.consent.joint_action", "Consent: to take part in an action"),
        "refer": Phrase("desk.consent.refer", "Consent: to pass the case to {name}"),
    }
)

# -- papers ------------------------------------------------------------------------------------

PAPERS = Phrase("desk.papers", "Papers")
PAPER_STATES: Mapping[str, Phrase] = MappingProxyType(
    {
        "needed": Phrase("desk.paper.needed", "needed"),
        "asked": Phrase("desk.paper.asked", "asked for"),
        "arrived": Phrase("desk.paper.arrived", "here"),
        "usual": Phrase("desk.paper.usual", "not asked for"),
    }
)
PAPER_ASK = Phrase("desk.paper_ask", "Ask the worker")
PAPER_ASK_FOR = Phrase("desk.paper_ask_for", "Ask the worker: {paper}")
PAPER_LINK = Phrase("desk.paper_link", "Which file is it?")
PAPER_ON_PAPER = Phrase("desk.paper_on_paper", "none, it is here on paper")
PAPER_HERE = Phrase("desk.paper_here", "It is here")
PAPER_HERE_FOR = Phrase("desk.paper_here_for", "It is here: {paper}")
PAPER_MORE = Phrase("desk.paper_more", "More: {paper}")
PAPER_MARK = Phrase("desk.paper_mark", "How far is it?")
PAPER_DAY = Phrase("desk.paper_day", "On which day?")
PAPER_TRACKING = Phrase("desk.paper_tracking", "Number of the letter, if posted")
PAPER_MARK_SAVE = Phrase("desk.paper_mark_save", "Save how far it is")
PAPER_NEW = Phrase("desk.paper_new", "Put a paper on the list")
PAPER_KIND = Phrase("desk.paper_kind", "Kind of paper")
PAPER_TITLE = Phrase("desk.paper_title", "Its own name, only for you")
PAPER_ADD = Phrase("desk.paper_add", "Put on the list")
PAPER_CAME = Phrase("desk.paper_came", "A file came after you asked: {name}")
MILESTONES: Mapping[str, Phrase] = MappingProxyType(
    {
        "drafted": Phrase("desk.milestone.drafted", "drafted"),
        "signed": Phrase("desk.milestone.signed", "signed"),
        "notarised": Phrase("desk.milestone.notarised", "notarised"),
        "posted": Phrase("desk.milestone.posted", "posted"),
    }
)
MILESTONE_ON = Phrase("desk.milestone_on", "{milestone} on {day}")
TRACKING = Phrase("desk.tracking", "Letter {tracking}")

# -- steps -------------------------------------------------------------------------------------

STEPS = Phrase("desk.steps", "Steps taken")
STEPS_NONE = Phrase("desk.steps_none", "No step is written down yet.")
STEP_NEW = Phrase("desk.step_new", "Write down a step")
STEP_KIND = Phrase("desk.step_kind", "What was done")
STEP_DAY = Phrase("desk.step_day", "Day (done, or set)")
STEP_TO = Phrase("desk.step_to", "To whom, or where")
STEP_NOTE = Phrase("desk.step_note", "What came of it")
STEP_ADD = Phrase("desk.step_add", "Write it down")
STEP_KINDS: Mapping[str, Phrase] = MappingProxyType(
    {
        "letter": Phrase("desk.step.letter", "Letter"),
        "call": Phrase("desk.step.call", "Call"),
        "application_court": Phrase("desk.step.application_court", "Application to a court"),
        "application_executor": Phrase(
            "desk.step.application_executor", "Application to the Executive Department"
        ),
        "application_authority": Phrase(
            "desk.step.application_authority", "Application to another office"
        ),
        "complaint": Phrase("desk.step.complaint", "Complaint"),
        "hearing": Phrase("desk.step.hearing", "Hearing"),
        "mediation": Phrase("desk.step.mediation", "Mediation"),
        "other": Phrase("desk.step.other", "Something else"),
    }
)

# -- referral ----------------------------------------------------------------------------------

REFERRALS = Phrase("desk.referrals", "Pass to another organisation")
REFERRALS_HINT = Phrase(
    "desk.referrals_hint",
    "The worker is asked in the chat, for this one recipient, and reads who it is and under whom "
    "it stands. Nothing is passed on before the yes.",
)
REFERRAL_TO = Phrase("desk.referral_to", "To whom")
REFERRAL_WHAT = Phrase("desk.referral_what", "What you would pass on (only for you)")
REFERRAL_ASK = Phrase("desk.referral_ask", "Ask the worker for the yes")
REFERRAL_CONFIRM = Phrase("desk.referral_confirm", "To be confirmed first: {confirm}")
REFERRAL_STATES: Mapping[str, Phrase] = MappingProxyType(
    {
        "asked": Phrase("desk.referral.asked", "the worker was asked"),
        "agreed": Phrase("desk.referral.agreed", "the worker said yes; not passed on yet"),
        "refused": Phrase("desk.referral.refused", "the worker said no"),
        "sent": Phrase("desk.referral.sent", "passed on"),
        "accepted": Phrase("desk.referral.accepted", "they took it"),
        "rejected": Phrase("desk.referral.rejected", "they did not take it"),
        "done": Phrase("desk.referral.done", "done"),
    }
)
REFERRAL_STEPS: Mapping[str, Phrase] = MappingProxyType(
    {
        "sent": Phrase("desk.referral_step.sent", "I have passed it on"),
        "accepted": Phrase("desk.referral_step.accepted", "They take it"),
        "rejected": Phrase("desk.referral_step.rejected", "They do not take it"),
        "done": Phrase("desk.referral_step.done", "They have finished"),
    }
)
REFERRAL_NOTE = Phrase("desk.referral_note", "What they said")

# -- ending ------------------------------------------------------------------------------------

SERVICES_GIVEN = Phrase("desk.services", "What was done for the worker, how often")
SERVICES_COUNTED = Phrase(
    "desk.services_counted", "Counted from this page. Correct what is not right."
)
SERVICES: Mapping[str, Phrase] = MappingProxyType(
    {
        "consultation": Phrase("desk.service.consultation", "Consultation"),
        "power_of_attorney": Phrase("desk.service.power_of_attorney", "Power of attorney"),
        "document_obtained": Phrase("desk.service.document_obtained", "Paper obtained"),
        "notarised": Phrase("desk.service.notarised", "Notarised"),
        "posted": Phrase("desk.service.posted", "Posted"),
        "complaint": Phrase("desk.service.complaint", "Complaint"),
        "hearing": Phrase("desk.service.hearing", "Hearing"),
    }
)
RECOVERED = Phrase("desk.recovered", "Money that the worker got back, in manat")
SERVICE_TIMES = Phrase("desk.service_times", "{service}: {count}")
REPORT = Phrase("desk.report", "For the reports of the office")
REPORT_HINT = Phrase(
    "desk.report_hint",
    "Ask this last. Leave out whatever you like. It is kept only with the worker's yes to being "
    "counted; who says no is helped in the same way.",
)
REPORT_SEX = Phrase("desk.report_sex", "Sex")
REPORT_AGE = Phrase("desk.report_age", "Age")
REPORT_NATIONALITY = Phrase("desk.report_nationality", "Nationality")
REPORT_SECTOR = Phrase("desk.report_sector", "Work")
REPORT_ARTICLES = Phrase("desk.report_articles", "{problem} (article {articles})")
REPORT_UNCHECKED = Phrase(
    "desk.report_unchecked",
    "The articles are those of the UN convention on migrant workers. They are written from memory: "
    "a lawyer will check them before a report uses them.",
)
REPORT_REGION = Phrase("desk.report_region", "Region")
REPORT_PROJECT = Phrase("desk.report_project", "Project")
REPORT_PROBLEMS = Phrase("desk.report_problems", "Problems")
REPORT_SAVE = Phrase("desk.report_save", "Save for the reports")
SEXES: Mapping[str, Phrase] = MappingProxyType(
    {
        "female": Phrase("desk.sex.female", "woman"),
        "male": Phrase("desk.sex.male", "man"),
        "other": Phrase("desk.sex.other", "other"),
    }
)
AGES: Mapping[str, Phrase] = MappingProxyType(
    {
        "under_18": Phrase("desk.age.under_18", "under 18"),
        "18_24": Phrase("desk.age.a18_24", "18 to 24"),
        "25_34": Phrase("desk.age.a25_34", "25 to 34"),
        "35_49": Phrase("desk.age.a35_49", "35 to 49"),
        "50_64": Phrase("desk.age.a50_64", "50 to 64"),
        "65_over": Phrase("desk.age.a65_over", "65 and over"),
    }
)
SECTORS: Mapping[str, Phrase] = MappingProxyType(
    {
        "construction": Phrase("desk.sector.construction", "Construction"),
        "oil": Phrase("desk.sector.oil", "Oil and gas"),
        "agriculture": Phrase("desk.sector.agriculture", "Agriculture"),
        "domestic": Phrase("desk.sector.domestic", "Work in a household"),
        "trade": Phrase("desk.sector.trade", "Trade"),
        "hospitality": Phrase("desk.sector.hospitality", "Hotels and restaurants"),
        "transport": Phrase("desk.sector.transport", "Transport"),
        "factory": Phrase("desk.sector.factory", "Factory"),
        "sport": Phrase("desk.sector.sport", "Sport and art"),
        "other": Phrase("desk.sector.other", "Something else"),
    }
)
EXPORT = Phrase("desk.export", "Save the whole case as a file")
EXPORT_HINT = Phrase(
    "desk.export_hint",
    "A zip file with everything in this case, locked with this password, and a list of hashes. "
    "Write the password down now: it is kept nowhere. Never send both on the same way.",
)
EXPORT_PASSWORD = Phrase("desk.export_password", "Password, at least 12 signs")
EXPORT_NOW = Phrase("desk.export_now", "Make the file")

# -- the page itself ---------------------------------------------------------------------------

UNPLAYABLE = Phrase(
    "desk.unplayable", "This browser cannot play it. Save it, and open it with another program."
)
SHOW_PDF = Phrase("desk.case.show_pdf", "Show it here")
PDF_OF = Phrase("desk.case.pdf_of", "Document: {name}")
DRAFT_KEPT = Phrase("desk.case.draft_kept", "Kept as a draft. Only you see it.")
KEYS_HINT = Phrase("desk.keys_hint", "Press ? for the list of keys.")
KEY_REPLY = Phrase("desk.key.reply", "write to the worker")
KEY_NOTE = Phrase("desk.key.note", "write a private note")
KEY_NEXT = Phrase("desk.key.next", "the next date")
KEY_NEWEST = Phrase("desk.key.newest", "the newest message")
KEY_SEND = Phrase("desk.key.send", "send the reply to the worker (in the box of the reply)")
KEY_SAVE = Phrase("desk.key.save", "save the private note (in the yellow box)")
CLEAR = Phrase("desk.case.clear", "(not told)")

PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("next_day", "unreadable"): Phrase("desk.problem.next_day", "Choose a day."),
        ("step_day", "unreadable"): Phrase("desk.problem.step_day", "Choose the day of the step."),
        ("paper_day", "unreadable"): Phrase("desk.problem.paper_day", "Choose the day."),
        ("name", "empty"): Phrase("desk.problem.name", "Write the name first."),
        ("role", "unknown"): Phrase("desk.problem.role", "Choose who it is."),
        ("ready", "unknown"): Phrase("desk.problem.ready", "Choose a question."),
        ("recipient", "unknown"): Phrase("desk.problem.recipient", "Choose to whom."),
        ("step", "unknown"): Phrase("desk.problem.step", "Choose what was done."),
        ("services", "unreadable"): Phrase("desk.problem.services", "Write numbers from 0 to 999."),
        ("recovered", "unreadable"): Phrase(
            "desk.problem.recovered", "Write the amount as a number, or nothing."
        ),
        ("password", "too short"): Phrase(
            "desk.problem.password", "The password needs at least 12 signs."
        ),
        ("nationality", "unknown"): Phrase(
            "desk.problem.nationality", "Write two letters, as in the list of countries: UA."
        ),
        ("translation", "empty"): Phrase("desk.problem.translation", "Write what it says first."),
        ("quick_name", "empty"): Phrase("desk.problem.quick_name", "Give it a name."),
        ("quick_text", "empty"): Phrase(
            "desk.problem.quick_text", "Write the words in at least one language."
        ),
    }
)
