"""What the pages of the office say: the queue's tools, search, board, staff, duty, actions."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Phrase
from storage.records import Membership, Role

# -- every page --------------------------------------------------------------------------------

NEWS = Phrase("desk.news", "News: {count}")
PLACES = Phrase("desk.places", "Pages of the desk")
CASES = Phrase("desk.place.cases", "Cases")
SEARCH = Phrase("desk.place.search", "Search")
ACTIONS = Phrase("desk.place.actions", "Joint actions")
BOARD = Phrase("desk.place.board", "Board")
DUTY = Phrase("desk.place.duty", "Duty and holidays")
STAFF = Phrase("desk.place.staff", "Staff")
RECEPTION = Phrase("desk.place.reception", "Without a chat")

LAWYER_PLACES = (
    ("/desk/", CASES),
    ("/desk/search", SEARCH),
    ("/desk/actions", ACTIONS),
    ("/desk/reception", RECEPTION),
)
PLACES_OF: Mapping[Role, tuple[tuple[str, Phrase], ...]] = MappingProxyType(
    {
        Role.LAWYER: LAWYER_PLACES,
        Role.COORDINATOR: (
            *LAWYER_PLACES,
            ("/desk/board", BOARD),
            ("/desk/duty", DUTY),
            ("/desk/staff", STAFF),
        ),
        Role.OUTREACH: (("/desk/reception", RECEPTION),),
        Role.ADMIN: (("/desk/staff", STAFF),),
    }
)


def places_of(role: Role) -> tuple[tuple[str, Phrase], ...]:
    """The pages that this role may open."""
    return PLACES_OF.get(role, ())


# -- the queue ---------------------------------------------------------------------------------

TAKE_NEXT = Phrase("desk.take_next", "Take the next case")
TAKE_NEXT_HINT = Phrase(
    "desk.take_next_hint",
    "The most urgent one in your languages and topics. {count} fit you now.",
)
NOTHING_NEXT = Phrase("desk.nothing_next", "Nothing is waiting that fits you.")
CLAIM_IS_A_WORD = Phrase(
    "desk.claim_is_a_word",
    "By claiming a case you say that you have no conflict of interest with the other side "
    "that its card names.",
)
A_CONFLICT = Phrase("desk.a_conflict", "Conflict of interest?")
SHOW = Phrase("desk.show", "Show")
FILTERS = Phrase("desk.filters", "Show only some")
ANY = Phrase("desk.any", "all")
BY_PRIORITY = Phrase("desk.by_priority", "How urgent")
BY_LANGUAGE = Phrase("desk.by_language", "The worker reads")
BY_TOPIC = Phrase("desk.by_topic", "Topic")
ONLY_OVERDUE = Phrase("desk.only_overdue", "Only what is overdue")
PAGE = Phrase("desk.page", "Page {page} of {pages}")
NEXT_PAGE = Phrase("desk.next_page", "Next page")
EARLIER_PAGE = Phrase("desk.earlier_page", "Earlier page")
RAISED = Phrase("desk.raised", "Raised: nobody took it in time")
LEGAL_DUTY = Phrase("desk.legal_duty", "24-hour duty: {time} left")
LEGAL_DUTY_OVER = Phrase("desk.legal_duty_over", "24-hour duty: over since {time}")
AGAINST = Phrase("desk.against", "Other side: {name}")
INTERPRETER = Phrase("desk.interpreter_needed", "Not one of your languages")
NEXT_ACTION = Phrase("desk.next_action_on", "Next step on {day}")

OFFERS = Phrase("desk.offers", "Offered to you")
OFFER = Phrase("desk.offer", "{name} asks you to take over {code}, until {time}.")
OFFERED = Phrase("desk.offered", "You asked {name} to take over {code}. It waits until {time}.")
ACCEPT = Phrase("desk.accept", "Take over")
DECLINE = Phrase("desk.decline", "Decline")

MORNING = Phrase("desk.morning", "Today")
MORNING_EMPTY = Phrase("desk.morning_empty", "Nothing of yours is due today.")
DUE_TODAY = Phrase("desk.due_today", "Due today or overdue")
WAITING_LIST = Phrase("desk.waiting_list", "Waiting for your answer")
SILENT = Phrase("desk.silent", "Silent for a week")
UNDATED = Phrase("desk.undated", "Without a next date: say when you will look again")
DATES = Phrase("desk.dates", "Dates today and tomorrow")

NEWS_TITLE = Phrase("desk.news_title", "News")
NO_NEWS = Phrase("desk.no_news", "There is no news.")
SEEN_ALL = Phrase("desk.seen_all", "I have seen all of it")

# -- search ------------------------------------------------------------------------------------

SEARCH_TITLE = Phrase("desk.search_title", "Search for a case")
BY_CODE = Phrase("desk.by_code", "Case number, or its beginning")
BY_TEXT = Phrase("desk.by_text", "Words that were written or noted (only in your own cases)")
BY_TAG = Phrase("desk.by_tag", "Tag")
BY_OUTCOME = Phrase("desk.by_outcome", "How it ended")
BY_STATE = Phrase("desk.by_state", "State")
FROM_DAY = Phrase("desk.from_day", "Opened on or after")
TO_DAY = Phrase("desk.to_day", "Opened on or before")
FIND = Phrase("desk.find", "Search")
FOUND = Phrase("desk.found", "Found: {count}")
FOUND_NOTHING = Phrase("desk.found_nothing", "Nothing fits. Ask for less at once.")

# -- the board ---------------------------------------------------------------------------------

BOARD_TITLE = Phrase("desk.board_title", "Load and deadlines")
IN_QUEUE = Phrase("desk.in_queue", "Waiting for a lawyer: {count}, overdue: {overdue}")
SMALL_OFFICE = Phrase(
    "desk.small_office",
    "Small office: nothing is released by itself, and a transfer needs no approval.",
)
LAWYER = Phrase("desk.lawyer", "Lawyer")
OPEN_CASES = Phrase("desk.open_cases", "Open")
OF_CAP = Phrase("desk.of_cap", "of {cap}")
TO_ANSWER = Phrase("desk.to_answer", "Wait for an answer")
OVERDUE = Phrase("desk.board_overdue", "Overdue")
TODAY = Phrase("desk.board_today", "Due today")
ON_DUTY = Phrase("desk.on_duty", "on duty")
ALL_OPEN = Phrase("desk.all_open", "Open cases")
HANDLE = Phrase("desk.handle", "Reassign or merge {code}")

# -- what is done with a case beside writing -----------------------------------------------------

HANDLING = Phrase("desk.handling", "Hand over, wait, tags")
SAFETY = Phrase("desk.safety", "May the bot write first?")
SAFETY_HINT = Phrase(
    "desk.safety_hint",
    "Announcements, reminders of workshops and questions after silence go to nobody whom they "
    "could endanger, for example because somebody else reads the phone. Answers to what this "
    "person writes, and your own replies, go on.",
)
IS_UNSAFE = Phrase(
    "desk.is_unsafe", "A message could endanger this person: the bot never writes first."
)
MARK_UNSAFE = Phrase("desk.mark_unsafe", "A message could endanger this person")
MARK_SAFE = Phrase("desk.mark_safe", "It is safe again")
BACK_TO_CASE = Phrase("desk.back_to_case", "Back to the case")
TURN = Phrase("desk.turn", "Whose turn is it?")
TURN_HINT = Phrase(
    "desk.turn_hint", "While the worker has the turn, the time to your next answer rests."
)
TURN_OURS = Phrase("desk.turn_ours", "Ours")
TURN_WORKER = Phrase("desk.turn_worker", "The worker's")
TURN_THIRD = Phrase("desk.turn_third", "A court's, an office's or the other side's")
TURN_SAVE = Phrase("desk.turn_save", "Save the turn")
TRANSFER = Phrase("desk.transfer", "Ask a colleague to take over")
TRANSFER_HINT = Phrase(
    "desk.transfer_hint",
    "The case stays yours until the colleague accepts, at most four hours. "
    "In a small office it goes over at once.",
)
COLLEAGUE = Phrase("desk.colleague", "Colleague")
NO_COLLEAGUES = Phrase("desk.no_colleagues", "There is nobody to hand this case to.")
TRANSFER_NOW = Phrase("desk.transfer_now", "Offer the case")
DETAILS = Phrase("desk.details", "Other side, region, tags")
OPPONENT_HINT = Phrase(
    "desk.opponent_hint",
    "The employer, and an agency, too: several names with ; between. Everybody else is asked again "
    "about a conflict before reading on.",
)
TAGS = Phrase("desk.tags", "Tags, with commas between")
TAGS_HINT = Phrase("desk.tags_hint", "No names: tags are not hidden from search.")
SAVE = Phrase("desk.save", "Save")
REASSIGN = Phrase("desk.reassign", "Give to another lawyer")
TO_QUEUE = Phrase("desk.to_queue", "back into the queue")
REASON = Phrase("desk.reason", "Why?")
REASSIGN_NOW = Phrase("desk.reassign_now", "Reassign")
BARRED_PEOPLE = Phrase("desk.barred_people", "Barred for a conflict of interest")
BARRED_HINT = Phrase(
    "desk.barred_hint",
    "They find neither this case nor another one against the same side. Where that was a mistake, "
    "or is no longer so, lift it: they are then asked anew. Why is kept as a private note.",
)
LIFT_BAR = Phrase("desk.lift_bar", "Lift the bar")
MERGE = Phrase("desk.merge", "The same as another case")
MERGE_HINT = Phrase("desk.merge_hint", "This one is closed as a duplicate; the other goes on.")
MERGE_INTO = Phrase("desk.merge_into", "Number of the case that goes on")
MERGE_NOW = Phrase("desk.merge_now", "Close as a duplicate")

# -- staff -------------------------------------------------------------------------------------

STAFF_TITLE = Phrase("desk.staff_title", "Staff")
NAME = Phrase("desk.name_of_person", "Name")
ROLE = Phrase("desk.role", "Role")
DESK_LANGUAGE = Phrase("desk.desk_language", "Language of the desk")
ADD_PERSON = Phrase("desk.add_person", "Add a person")
CHANGE_ROLE = Phrase("desk.change_role", "Change the role")
MAKE_LINK = Phrase("desk.make_link", "New sign-in link")
LINK_MADE = Phrase(
    "desk.link_made",
    "This link signs {name} in, once, within ten minutes. Give it to nobody else.",
)
DISMISS = Phrase("desk.dismiss", "Let in no more")
DISMISS_HINT = Phrase(
    "desk.dismiss_hint",
    "They are signed out everywhere at once. Their open cases go back into the queue, and the "
    "coordinators are told.",
)
ADMIN_LETS_IN = Phrase(
    "desk.admin_lets_in",
    "An administrator sees no case. So a coordinator adds lawyers and interpreters, and makes new "
    "links for people who have signed in before.",
)
DISMISSED = Phrase("desk.dismissed", "cannot sign in")
SKILLS = Phrase("desk.skills", "Languages and topics")
SKILLS_HINT = Phrase("desk.skills_hint", "None ticked: all of them.")
LANGUAGES_OF = Phrase("desk.languages_of", "Languages")
TOPICS_OF = Phrase("desk.topics_of", "Topics")

# -- duty and holidays -------------------------------------------------------------------------

DUTY_TITLE = Phrase("desk.duty_title", "Who is on duty")
DUTY_HINT = Phrase(
    "desk.duty_hint",
    "In danger this person is called first, day and night. Where nobody is named, all lawyers are.",
)
DAY = Phrase("desk.day", "Day")
NOBODY = Phrase("desk.duty_nobody", "nobody")
OFFICE_DAYS = Phrase("desk.office_days", "Days on which the office differs from the calendar")
OFFICE_DAYS_HINT = Phrase(
    "desk.office_days_hint",
    "Deadlines run on working days, 9 to 18. Public holidays are known; add what the office "
    "decides or the Cabinet moves.",
)
OFFICE_CLOSED = Phrase("desk.office_closed", "closed")
OFFICE_OPEN = Phrase("desk.office_open", "open")
AS_CALENDAR = Phrase("desk.as_calendar", "as the public calendar says")
PUBLIC_HOLIDAYS = Phrase("desk.public_holidays", "Next public holidays")

# -- actions -----------------------------------------------------------------------------------

ACTIONS_TITLE = Phrase("desk.actions_title", "Joint actions")
ACTIONS_LEAD = Phrase(
    "desk.actions_lead",
    "Several workers against one employer. Steps are shared, chats stay apart. Each worker is "
    "asked first.",
)
NO_ACTIONS = Phrase("desk.no_actions", "There is no joint action yet.")
STRATEGIC = Phrase("desk.strategic", "strategic")
MAKE_STRATEGIC = Phrase("desk.make_strategic", "Mark as strategic")
NOT_STRATEGIC = Phrase("desk.not_strategic", "Not strategic any more")
BEGIN_ACTION = Phrase("desk.begin_action", "Begin a joint action with this case")
ACTION_NAME = Phrase("desk.action_name", "Name of the action")
BEGIN_NOW = Phrase("desk.begin_now", "Begin")
JOIN_ACTION = Phrase("desk.join_action", "Put this case up for a joint action")
JOIN_NOW = Phrase("desk.join_now", "Put it up")
ACTION_CLOSED = Phrase(
    "desk.action_closed", "This action was closed on {time}. Each case goes on by itself."
)
OVER = Phrase("desk.action_over", "closed")
CLOSE_ACTION = Phrase("desk.close_action", "Close the action")
REOPEN_ACTION = Phrase("desk.reopen_action", "Open the action again")
SAID_YES = Phrase("desk.said_yes", "The worker said yes")
SAID_NO = Phrase("desk.said_no", "The worker said no")
STEPS = Phrase("desk.joint_steps", "Steps for all")
NO_STEPS = Phrase("desk.no_steps", "No step has been taken yet.")
NEW_STEP = Phrase("desk.new_step", "A new step for all")
STEP_DAY = Phrase("desk.joint_day", "On")
ADD_STEP = Phrase("desk.add_step", "Add the step")
CASES_OF_ACTION = Phrase("desk.cases_of_action", "Cases")
MEMBERSHIP: Mapping[Membership, Phrase] = MappingProxyType(
    {
        Membership.ASKED: Phrase("desk.membership.asked", "The worker has to be asked"),
        Membership.JOINED: Phrase("desk.membership.joined", "The worker takes part"),
        Membership.REFUSED: Phrase("desk.membership.refused", "The worker does not take part"),
        Membership.LEFT: Phrase("desk.membership.left", "The worker has left"),
    }
)

PROBLEMS: Mapping[tuple[str, str], Phrase] = MappingProxyType(
    {
        ("colleague", "unknown"): Phrase("desk.problem.colleague", "Choose a colleague."),
        ("colleague", "same"): Phrase("desk.problem.same", "This lawyer has the case already."),
        ("reason", "empty"): Phrase("desk.problem.reason", "Write why."),
        ("reason", "too long"): Phrase("desk.problem.reason_long", "This is too long."),
        ("opponent", "too long"): Phrase(
            "desk.problem.opponent", "At most ten names of at most 200 letters each."
        ),
        ("handover", "empty"): Phrase(
            "desk.problem.handover_needed", "Write what your colleague must know."
        ),
        ("into", "unknown"): Phrase("desk.problem.into", "There is no such open case."),
        ("into", "closed"): Phrase("desk.problem.into_closed", "That case is closed."),
        ("tags", "unusable"): Phrase(
            "desk.problem.tags", "At most ten tags of at most 40 letters, digits or hyphens."
        ),
        ("region", "unknown"): Phrase("desk.problem.region", "Choose a region."),
        ("day", "unknown"): Phrase("desk.problem.day", "Choose a day."),
        ("person", "unknown"): Phrase("desk.problem.person", "Choose a person."),
        ("person", "yourself"): Phrase(
            "desk.problem.yourself", "You cannot do this with yourself. Ask a colleague."
        ),
        ("languages", "unknown"): Phrase(
            "desk.problem.languages", "One of these languages is not known here."
        ),
        ("topics", "unknown"): Phrase(
            "desk.problem.topics", "One of these topics is not known here."
        ),
        ("step", "empty"): Phrase("desk.problem.joint_step", "Write what was done."),
        ("name", "empty"): Phrase("desk.problem.joint_name", "Write a name."),
        ("name", "write a name"): Phrase("desk.problem.name_needed", "Write a name first."),
        ("name", "somebody has this name already"): Phrase(
            "desk.problem.name_taken", "Somebody has this name already."
        ),
        ("role", "coordinator"): Phrase(
            "desk.problem.role_coordinator",
            "Only a coordinator lets in who reads what people have told us.",
        ),
    }
)
