"""Staff: who works at the desk, their one-time sign-in links and their sessions.

A link is for one person, works once and for ten minutes; a session is kept on the server, so it
can be ended at any moment. Tokens leave this module only in the link and in the cookie. Signing in
by oneself is in bot/office/passkeys.py and bot/office/passwords.py.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.errors import BadInput, NotAllowed, NotFound
from bot.office import notices
from bot.runtime import Runtime
from flows.texts import SOURCE_LANGUAGE
from storage import audit, signin, staff_chats
from storage import notices as notice_store
from storage import staff as store
from storage.database import Tx
from storage.records import CaseId, NoticeKind, Role, Staff, StaffId

LINK_VALID = timedelta(minutes=10)
SESSION_VALID = timedelta(hours=12)
MAX_NAME = 80  # characters
LANGUAGES = (SOURCE_LANGUAGE, "az", "ru")  # that the desk speaks
OPERATOR = "operator"  # whoever may run commands on the server
MANAGERS = frozenset({Role.COORDINATOR, Role.ADMIN})
READERS = frozenset({Role.LAWYER, Role.COORDINATOR, Role.INTERPRETER})  # of cases
FIRST_NAME = "Lawyer 1"


@dataclass(frozen=True)
class SignedIn:
    """A person with a live session; `form_key` goes into each of their forms."""

    staff: Staff
    form_key: str
    unread: int = 0  # notices


# -- people ------------------------------------------------------------------------------------


async def add(
    runtime: Runtime,
    name: str,
    role: str,
    language: str = SOURCE_LANGUAGE,
    *,
    by: str = OPERATOR,
) -> Staff:
    """Add a person who may get sign-in links.

    Raises BadInput for an empty, too long or taken name, an unknown role or language.
    """
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise BadInput("name", "write a name")
    if len(name) > MAX_NAME:
        raise BadInput("name", f"at most {MAX_NAME} characters")
    if role not in list(Role):
        raise BadInput("role", f"one of {', '.join(Role)}")
    if language not in LANGUAGES:
        raise BadInput("language", f"one of {', '.join(LANGUAGES)}")
    now = runtime.clock()

    def work(tx: Tx) -> Staff:
        if any(_same(person.name, name) for person in store.list_staff(tx)):
            raise BadInput("name", "somebody has this name already")
        return _add(tx, name, Role(role), language, now, by)

    return await runtime.database.write(work)


async def first_lawyer(runtime: Runtime) -> Staff | None:
    """Whom to give the first link of a new office; None once anybody has signed in.

    Where there is nobody yet, a coordinator is made: the role that can also claim cases.
    """
    now = runtime.clock()

    def work(tx: Tx) -> Staff | None:
        everyone = store.list_staff(tx)
        if not everyone:
            return _add(tx, FIRST_NAME, Role.COORDINATOR, SOURCE_LANGUAGE, now)
        if store.has_anybody_signed_in(tx):
            return None
        return next((person for person in everyone if not person.disabled), None)

    return await runtime.database.write(work)


async def list_all(runtime: Runtime) -> list[Staff]:
    """Everyone, oldest first, also the disabled."""
    return await runtime.database.read(store.list_staff)


async def find(runtime: Runtime, name: str) -> Staff:
    """A person by name or number, also a disabled one; raises NotFound."""
    for person in await list_all(runtime):
        if _same(person.name, name) or str(person.id) == name.strip():
            return person
    raise NotFound


async def disable(runtime: Runtime, person: Staff) -> None:
    """Let this person in no more: sessions end and links die at once. Twice is once."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if store.disable_staff(tx, person.id, now):
            _audit(tx, OPERATOR, "disabled", now, f"staff={person.id}")

    await runtime.database.write(work)


async def change_role(runtime: Runtime, leader: Staff, staff_id: StaffId, role: str) -> None:
    """Give a person another role; a coordinator or administrator does that, not for themselves.

    What they hold and may not hold any more goes back into the queue (casework/clocks.py). Raises
    BadInput for an unknown role or person, NotAllowed. The role that they have changes nothing.
    """
    _require_manager(leader, staff_id)
    if role not in list(Role):
        raise BadInput("role", f"one of {', '.join(Role)}")
    _require_to_let_in(leader, Role(role))
    now = runtime.clock()

    def work(tx: Tx) -> None:
        person = store.get_staff(tx, staff_id)
        if person is not None and person.role == role:
            return
        if not store.set_role(tx, staff_id, Role(role)):
            raise BadInput("person", "unknown")
        store.revoke_sessions(tx, staff_id, now)  # what was open to the old role is not any more
        _audit(tx, f"staff:{leader.id}", "role", now, f"staff={staff_id} role={role}")

    await runtime.database.write(work)


async def hire(
    runtime: Runtime, leader: Staff, name: str, role: str, language: str = SOURCE_LANGUAGE
) -> Staff:
    """Add a person, at the desk; raises BadInput as `add` does, NotAllowed."""
    _require_manager(leader)
    if role in READERS:
        _require_to_let_in(leader, Role(role))
    return await add(runtime, name, role, language, by=f"staff:{leader.id}")


async def dismiss(runtime: Runtime, leader: Staff, staff_id: StaffId) -> None:
    """Let a person in no more, at the desk.

    Their open cases go back into the queue (casework/clocks.py).
    """
    _require_manager(leader, staff_id)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        if store.disable_staff(tx, staff_id, now):
            _audit(tx, f"staff:{leader.id}", "disabled", now, f"staff={staff_id}")

    await runtime.database.write(work)


async def make_link_for(
    runtime: Runtime, leader: Staff, staff_id: StaffId, *, lost: bool = False
) -> str:
    """A sign-in link for a person, made at the desk; who came in before is told of it at once.

    `lost`: their phone or key is in other hands, so their passkeys, password and sessions end,
    and what their Telegram account shows of cases is deleted.
    Raises NotFound for a disabled person, BadInput where an administrator could come in by it to
    what an administrator does not see.
    """
    _require_manager(leader)
    now, by = runtime.clock(), f"staff:{leader.id}"

    def prepare(tx: Tx) -> Staff:
        person = store.get_staff(tx, staff_id)
        if person is None or person.disabled:
            raise NotFound
        is_known = store.has_signed_in(tx, staff_id)
        _require_to_let_in(leader, person.role, is_known=is_known)
        if lost:
            signin.forget_ways_in(tx, staff_id)
            store.revoke_sessions(tx, staff_id, now)
            staff_chats.untie_chats(tx, staff_id, now)
            _audit(tx, by, "ways_in_forgotten", now, f"staff={staff_id}")
        if is_known and staff_id != leader.id:
            occasion = f"{now.timestamp()}"
            notices.post(tx, NoticeKind.LINK_MADE, None, [staff_id], now, occasion)
        return person

    return await make_link(runtime, await runtime.database.write(prepare), by=by)


async def list_let_in(runtime: Runtime, leader: Staff) -> set[StaffId]:
    """For whom this person may make a sign-in link."""

    def work(tx: Tx) -> set[StaffId]:
        return {
            person.id
            for person in store.list_staff(tx)
            if may_let_in(leader, person.role, is_known=store.has_signed_in(tx, person.id))
        }

    return await runtime.database.read(work)


async def set_language(runtime: Runtime, person: Staff, language: str) -> None:
    """Show the desk to this person in another language; raises BadInput for an unknown one."""
    if language not in LANGUAGES:
        raise BadInput("language", "unknown")
    await runtime.database.write(lambda tx: store.set_staff_language(tx, person.id, language))


# -- signing in --------------------------------------------------------------------------------


async def make_link(
    runtime: Runtime, person: Staff, *, by: str = OPERATOR, case_id: CaseId | None = None
) -> str:
    """The address that signs this person in, once, within LINK_VALID; it may lead to a case.

    Raises NotFound for a disabled person, who could not use it.
    """
    if person.disabled:
        raise NotFound
    token, now = runtime.token(), runtime.clock()

    def work(tx: Tx) -> None:
        store.add_sign_in_link(tx, person.id, token, now + LINK_VALID)
        _audit(tx, by, "link_made", now, f"staff={person.id}")

    await runtime.database.write(work)
    place = "" if case_id is None else f"?case={case_id}"
    return f"{runtime.settings.address}/desk/sign-in/{token}{place}"


async def is_link_alive(runtime: Runtime, token: str) -> bool:
    """Whether this link would sign somebody in now; looking does not use it up."""
    now = runtime.clock()
    found = await runtime.database.read(lambda tx: store.get_sign_in_link(tx, token, now))
    return found is not None


async def sign_in(runtime: Runtime, token: str) -> str:
    """Use a link up; returns the token of a new session.

    Two at once: exactly one gets in. Raises NotFound for a used, expired or unknown link.
    """
    session, now = runtime.token(), runtime.clock()

    def work(tx: Tx) -> Staff | None:
        person = store.use_sign_in_link(tx, token, now)
        if person is not None:
            begin_session(tx, person.id, session, now, "link")
        return person

    if await runtime.database.write(work) is None:
        raise NotFound
    return session


def begin_session(tx: Tx, staff_id: StaffId, session: str, now: datetime, way: str) -> bool:
    """Let a person in who has shown who they are; False where they are disabled."""
    person = store.get_staff(tx, staff_id)
    if person is None or person.disabled:
        return False
    store.add_session(tx, staff_id, session, now, now + SESSION_VALID)
    _audit(tx, f"staff:{staff_id}", "signed_in", now, f"by={way}")
    return True


async def signed_in(runtime: Runtime, session: str) -> SignedIn | None:
    """Who has this session; None where it is unknown, expired, ended, or its owner disabled."""
    now = runtime.clock()

    def work(tx: Tx) -> SignedIn | None:
        person = store.get_session(tx, session, now)
        if person is None:
            return None
        # made by the vault's key, so every process of the office makes the same one
        form_key = tx.vault.hash_for_lookup("desk.form", session).hex()
        return SignedIn(person, form_key, notice_store.count_unread(tx, person.id))

    return await runtime.database.read(work)


async def sign_out(runtime: Runtime, person: Staff, session: str) -> None:
    """End this session."""
    now = runtime.clock()

    def work(tx: Tx) -> None:
        store.revoke_session(tx, session, now)
        _audit(tx, f"staff:{person.id}", "signed_out", now)

    await runtime.database.write(work)


def _require_manager(leader: Staff, of: StaffId | None = None) -> None:
    """Coordinators and administrators look after staff; nobody after themselves."""
    if leader.role not in MANAGERS:
        raise NotAllowed
    if leader.id == of:
        raise BadInput("person", "yourself")


def may_let_in(leader: Staff, role: Role, *, is_known: bool = False) -> bool:
    """Whether this person may make a way in for somebody of this role.

    An administrator sees no case. So an administrator lets nobody in who does, nor into an account
    that somebody has used already (`is_known`): a coordinator does.
    """
    return leader.role is not Role.ADMIN or (role not in READERS and not is_known)


def _require_to_let_in(leader: Staff, role: Role, *, is_known: bool = False) -> None:
    if not may_let_in(leader, role, is_known=is_known):
        raise BadInput("role", "coordinator")


def _add(tx: Tx, name: str, role: Role, language: str, now: datetime, by: str = OPERATOR) -> Staff:
    person = store.add_staff(tx, name, role, language, now)
    _audit(tx, by, "added", now, f"staff={person.id} role={role}")
    return person


def _same(name: str, other: str) -> bool:
    return " ".join(name.split()).casefold() == " ".join(other.split()).casefold()


def _audit(tx: Tx, actor: str, action: str, now: datetime, detail: str = "") -> None:
    audit.append(tx, audit.OFFICE, actor=actor, action=action, now=now, detail=detail)
