"""Lawyers with phones, in tests: tied to the bot, they press, write in topics and read."""

from bot.office import staff, staff_chats
from bot.runtime import Runtime
from storage.records import Role, Staff
from tests.servers.telegram import Seen, TelegramServer, User
from tests.telegram_bot import press, through_the_welcome


async def a_lawyer_on_telegram(
    server: TelegramServer, bot: Runtime, name: str, role: Role = Role.LAWYER
) -> "Lawyer":
    """A member of staff whose account is tied."""
    person = await staff.add(bot, name, role)
    lawyer = Lawyer(server, server.new_user(name), person)
    lawyer.user.start(f"staff-{await staff_chats.make_code(bot, person)}")
    await server.hears(lawyer.user, "This account now belongs to")
    return lawyer


async def asks_for_a_lawyer(server: TelegramServer, worker: User) -> str:
    """A worker who comes in and asks for a lawyer; returns the number of the case."""
    worker.start()
    await through_the_welcome(server, worker)
    await press(server, worker, "👤", "✅ Yes", "✅ Yes, here")
    told = await server.hears(worker, "Your case has the number")
    return told.text.split("number ")[1][:5]


class Lawyer:
    """Somebody of the office, with a phone."""

    def __init__(self, server: TelegramServer, user: User, person: Staff) -> None:
        self._server, self.user, self.person = server, user, person

    async def offered(self, label: str, *, thread: int | None = None) -> Seen:
        """The newest message with a button that begins so, once it is there."""

        def found() -> Seen | None:
            shown = reversed(self.user.visible(thread))
            return next((s for s in shown if any(b.startswith(label) for b in s.labels)), None)

        seen = await self._server.until(found, what=f"a button {label!r} for {self.person.name}")
        assert seen is not None
        return seen

    async def presses(self, label: str, *, thread: int | None = None) -> str:
        """Press the newest button that begins so; returns what it told at once."""
        seen = await self.offered(label, thread=thread)
        tap = self.user.tap(next(b for b in seen.labels if b.startswith(label)), seen)
        await self._server.until(lambda: tap.answered, what=f"{label!r} to be answered")
        return tap.text

    async def reads(self, words: str, *, thread: int | None = None) -> Seen:
        """Wait for a message with these words, whenever it came."""

        def found() -> Seen | None:
            shown = [seen for seen in self.user.visible(thread) if seen.by_bot]
            return next((seen for seen in reversed(shown) if words in seen.text), None)

        seen = await self._server.until(found, what=f"{words!r} for {self.person.name}")
        assert seen is not None
        return seen

    async def topic(self, code: str) -> int:
        """The topic of a case, as soon as it is there."""

        def found() -> int | None:
            named = [t.thread for t in self.user.chat.topics() if code in t.name]
            return named[0] if named else None

        thread = await self._server.until(found, what=f"a topic of {code}")
        assert thread is not None
        return thread

    async def ticked(self, number: int, sign: str) -> None:
        """Wait until this message of the lawyer's has this sign."""
        await self._server.until(
            lambda: sign in next(s for s in self.user.visible() if s.id == number).reactions,
            what=f"{sign} on message {number}",
        )

    def texts(self) -> str:
        """All that is on the screen."""
        return "\n".join(seen.text for seen in self.user.visible())
