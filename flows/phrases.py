"""What the engine itself says, in every flow; authors never write these."""

from collections.abc import Mapping
from types import MappingProxyType

from flows.model import Command, Phrase

NOT_UNDERSTOOD = Phrase(
    "engine.not_understood",
    "I did not understand that. Please press one of the buttons.",
)
NOT_A_NUMBER = Phrase("engine.not_a_number", "Please write a number, for example 3.")
NOT_AN_AMOUNT = Phrase("engine.not_an_amount", "Please write an amount, for example 450.")
NOT_A_DATE = Phrase(
    "engine.not_a_date", "Please write a date: day, month, year. For example {example}."
)
NOT_A_PHONE = Phrase("engine.not_a_phone", "Please write a phone number, for example {example}.")
OUT_OF_BOUNDS = Phrase(
    "engine.out_of_bounds",
    "That does not seem possible here. Please check and write it again.",
)
NUMBERED_HINT = Phrase("engine.numbered_hint", "You can also write the number of your answer:")
OFFER_LAWYER = Phrase(
    "engine.offer_lawyer",
    "It is fine if no answer fits. You can talk to a lawyer, or see all topics.",
)
AMBIGUOUS = Phrase("engine.ambiguous", "Which one do you mean?")
CONFIRM_DATE = Phrase("engine.confirm_date", "I understood: {value}. Is that right?")
CONFIRM_AMOUNT = Phrase("engine.confirm_amount", "I understood: {value}. Is that right?")
YES = Phrase("engine.yes", "✅ Yes")
NO = Phrase("engine.no", "❌ No")
OLD_BUTTON = Phrase(
    "engine.old_button",
    "That button belongs to an earlier question. This is the question now:",
)
FIRST_QUESTION = Phrase("engine.first_question", "There is nothing to go back to.")
CANNOT_GO_BACK = Phrase(
    "engine.cannot_go_back",
    "A lawyer has your answers already, so we cannot go back before that.",
)
MEDIA_KEPT = Phrase(
    "engine.media_kept",
    "I keep this for you. A lawyer can look at it if you ask for one. Now back to the question:",
)
FAILED = Phrase(
    "engine.failed",
    "Something went wrong on our side, sorry. You can see all topics or talk to a lawyer.",
)
CHANGED = Phrase(
    "engine.changed",
    "This page was updated since you were last here. I ask you again what has changed.",
)
WELCOME_BACK = Phrase("engine.welcome_back", "Welcome back. Do you want to go on where you were?")
CONTINUE = Phrase("engine.continue", "▶️ Go on")
START_OVER = Phrase("engine.start_over", "🔄 Start over")
CHOOSE_LANGUAGE = Phrase("engine.choose_language", "Which language do you want?")
CHOOSE_MANY = Phrase("engine.choose_many", "Press all that fit, then press Done.")
DONE = Phrase("engine.done", "✔️ Done")

CHANGE_WHICH = Phrase("engine.change_which", "Which answer do you want to change?")
CHANGE_NOTHING = Phrase("engine.change_nothing", "You have not answered anything here yet.")
KEEP_ALL = Phrase("engine.keep_all", "👍 Keep them all")
GIVEN = Phrase("engine.given", "{value}")

BUTTONS: Mapping[Command, Phrase] = MappingProxyType(
    {
        Command.MENU: Phrase("button.menu", "🏠 Menu"),
        Command.BACK: Phrase("button.back", "↩️ Back"),
        Command.REPEAT: Phrase("button.repeat", "🔁 Repeat"),
        Command.LANGUAGE: Phrase("button.language", "🌐 Language"),
        Command.LAWYER: Phrase("button.lawyer", "👤 Lawyer"),
        Command.DANGER: Phrase("button.danger", "🆘 I am in danger"),
        Command.HIDE: Phrase("button.hide", "✖️ Hide"),
        Command.CHANGE: Phrase("button.change", "✏️ Change"),
        Command.NEWS: Phrase("button.news", "📣 News"),
        Command.STOP: Phrase("button.stop", "🔕 No more news"),
        Command.LISTEN: Phrase("button.listen", "🔊 Listen"),
        Command.ERASE: Phrase("button.erase", "🗑️ Erase all"),
        Command.CASE: Phrase("button.case", "📂 My case"),
    }
)

# Whole messages that mean a command, separated by commas. A translator writes the words that
# people of that language would type, not translations of these; they work in every language.
WORDS: Mapping[Command, Phrase] = MappingProxyType(
    {
        Command.MENU: Phrase("words.menu", "menu, start, home, topics"),
        Command.BACK: Phrase("words.back", "back, go back"),
        Command.REPEAT: Phrase("words.repeat", "repeat, again, what"),
        Command.LANGUAGE: Phrase("words.language", "language, change language"),
        Command.LAWYER: Phrase("words.lawyer", "lawyer, advocate, talk to a lawyer, human"),
        Command.DANGER: Phrase("words.danger", "danger, help, help me, sos, emergency"),
        Command.HIDE: Phrase("words.hide", "x, hide, exit"),
        Command.CHANGE: Phrase("words.change", "change, change an answer, mistake"),
        Command.NEWS: Phrase("words.news", "news, announcements, workshops, invitations"),
        # Before "erase": where a word stands in both lists, it stops and erases nothing.
        Command.STOP: Phrase(
            "words.stop", "stop, unsubscribe, no more news, no more messages, stop messages"
        ),
        Command.LISTEN: Phrase("words.listen", "listen, play, read aloud, read to me"),
        Command.ERASE: Phrase("words.erase", "erase, erase all, delete my data, forget me"),
        Command.CASE: Phrase("words.case", "my case, case, status"),
    }
)
# "Stop" ends announcements in the languages of the people here, translated yet or not: an opt-out
# waits for no translator. Whole messages only, and none that could be an answer.
STOP_EVERYWHERE = (
    *("stop", "unsubscribe"),
    *("стоп", "отписаться", "отписка", "не пишите мне"),
    *("dayan", "dayandır", "yazmayın", "mənə yazmayın"),
    *("dur", "durdur", "yazma", "bana yazmayın"),
    *("توقف", "لغو عضویت", "دیگر ننویس", "پیام نده"),
    *("روکیں", "پیغام نہ بھیجیں"),
    *("إيقاف", "الغاء الاشتراك", "लिखना बंद करें", "बन्द गर्नुहोस्"),
    *("to'xta", "тўхта", "yozmang", "ёзманг", "тоқта", "токто", "durň", "не пишіть мені"),
)
YES_WORDS = Phrase("words.yes", "yes, y, ok, right, correct")
NO_WORDS = Phrase("words.no", "no, n, not right, wrong")
DONE_WORDS = Phrase("words.done", "done, finished, ready, that is all")
