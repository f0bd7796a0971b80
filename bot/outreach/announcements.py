"""Announcements: written, counted, approved by a second person, sent, paused, decided.

    draft -> proposed -> approved -> sending <-> paused -> finished
      ^---------'            '-> late -> sending | cancelled;   all but finished -> cancelled

Up to MAX_ALONE people, and in a small office, whoever proposes approves. The feeder
(bot/delivery/feeder.py) does what takes time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from bot.codes import new_code
from bot.delivery.pausing import pause as pause_in
from bot.errors import AnnouncementNotInState, BadInput, NotAllowed, NotFound
from bot.office import roster
from bot.outreach.letters import invitation_of
from bot.runtime import Runtime
from bot.whatsapp_templates import invitations
from bot.worktime import may_write_first
from flows.limits import text_limit
from storage import announcements as store
from storage import audience as people
from storage import audit, recipients
from storage import outreach as facts
from storage import staff as staff_store
from storage.announcements import Announcement, AnnouncementId, AnnouncementState
from storage.audience import FILTERS, Audience, Reach, Wording
from storage.database import Tx
from storage.recipients import Recipient, RecipientState
from storage.records import Role, Staff
from storage.workshops import Workshop, name_of

MAY_ANNOUNCE = frozenset({Role.OUTREACH, Role.COORDINATOR})
MAX_ALONE = 50  # people; above it a second person approves (HANDOFF.md section 6f 5)
MAX_NAME = 80
MAX_TEXT = text_limit([""])  # characters: one message with a button on every channel
LEDGER_PAGE = 100
NO_TEXTS: Mapping[str, str] = MappingProxyType({})
DRAFT, PROPOSED, APPROVED = (
    AnnouncementState.DRAFT,
    AnnouncementState.PROPOSED,
    AnnouncementState.APPROVED,
)
LATE, SENDING, PAUSED = (
    AnnouncementState.LATE,
    AnnouncementState.SENDING,
    AnnouncementState.PAUSED,
)
FINISHED, CANCELLED = AnnouncementState.FINISHED, AnnouncementState.CANCELLED
STOPPABLE = (DRAFT, PROPOSED, APPROVED, LATE, SENDING, PAUSED)


@dataclass(frozen=True)
class Draft:
    """What staff write."""

    name: str
    texts: Mapping[str, str]
    filters: Mapping[str, Iterable[str]]
    fallback: str | None = None
    template: str | None = None


@dataclass(frozen=True)
class Sight:
    """An announcement as staff see it."""

    it: Announcement
    texts: Mapping[str, str]
    reach: Reach | None  # while it can still be changed
    makers: Mapping[int, str]  # names of the staff it names
    alone: bool  # whether whoever proposes it also approves it
    invites: Workshop | None = None  # to this one, by a button


# -- writing -----------------------------------------------------------------------------------


async def create(
    runtime: Runtime,
    person: Staff,
    name: str,
    texts: Mapping[str, str] = NO_TEXTS,
    workshop: Workshop | None = None,
) -> AnnouncementId:
    """A new draft; one of a workshop has the button to sign up for it below the words.

    Raises BadInput for a name or a text that cannot be used.
    """
    admit(person)
    name, code, now = _name(name), new_code(), runtime.clock()
    texts = _texts(runtime, texts)

    def work(tx: Tx) -> AnnouncementId:
        made = store.add(
            tx,
            name,
            person.id,
            code,
            now,
            subject=name_of(workshop.id) if workshop else None,
            texts=texts,
        )
        _audit(tx, person, made, "made", now)
        return made

    return await runtime.database.write(work)


async def save(
    runtime: Runtime, person: Staff, announcement_id: int, draft: Draft, version: int
) -> None:
    """Replace what a draft says.

    Raises BadInput(field, reason), AnnouncementNotInState where a colleague has saved or proposed
    it meanwhile.
    """
    admit(person)
    draft = checked(runtime, draft)

    def work(tx: Tx) -> None:
        it = _get(tx, announcement_id)
        saved = store.save_draft(
            tx,
            announcement_id,
            version,
            name=draft.name,
            audience=audience_of(draft.filters),
            fallback=draft.fallback,
            template=draft.template,
            texts=draft.texts,
        )
        if not saved:
            raise AnnouncementNotInState(it.state)

    await runtime.database.write(work)


def checked(runtime: Runtime, draft: Draft) -> Draft:
    """The draft as it is kept; raises BadInput(field, reason)."""
    texts = _texts(runtime, draft.texts)
    if draft.fallback and draft.fallback not in texts:
        raise BadInput("fallback", "no text")
    if draft.template and draft.template not in invitations():
        raise BadInput("template", "unknown")
    return replace(
        draft,
        name=_name(draft.name),
        texts=texts,
        fallback=draft.fallback or None,
        template=draft.template or None,
    )


def audience_of(filters: Mapping[str, Iterable[str]]) -> Audience:
    """The audience that these filters mean; unknown filters and empty ones filter nothing."""
    chosen = {name: frozenset(filters.get(name, ())) for name in FILTERS}
    return Audience({name: values for name, values in chosen.items() if values})


async def count(
    runtime: Runtime,
    person: Staff,
    filters: Mapping[str, Iterable[str]],
    languages: Iterable[str],
    fallback: str | None,
    template: str | None,
) -> Reach:
    """How many people would get it if it were sent now, and who is left out for which reason."""
    admit(person)
    wording = Wording(frozenset(languages), fallback, template)
    now = runtime.clock()
    return await runtime.database.read(
        lambda tx: people.count(tx, audience_of(filters), wording, now)
    )


async def known_facts(runtime: Runtime, person: Staff) -> dict[str, dict[str, int]]:
    """What people chose to tell, to filter by: fact -> value -> how many."""
    admit(person)
    return await runtime.database.read(facts.list_fact_values)


# -- looking -----------------------------------------------------------------------------------


async def list_all(runtime: Runtime, person: Staff) -> list[Announcement]:
    """The newest announcements first."""
    admit(person)
    return await runtime.database.read(store.list_newest)


async def look(runtime: Runtime, person: Staff, announcement_id: int) -> Sight:
    """One announcement with all that its page shows; raises NotFound."""
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> Sight:
        it = _get(tx, announcement_id)
        changing = it.state in (DRAFT, PROPOSED)
        reach = people.count(tx, it.audience, store.wording_of(tx, it), now) if changing else None
        return Sight(
            it=it,
            texts=store.get_texts(tx, it.id),
            reach=reach,
            makers={member.id: member.name for member in staff_store.list_staff(tx)},
            alone=reach is None or _alone(tx, runtime, reach),
            invites=invitation_of(tx, it),
        )

    return await runtime.database.read(work)


async def ledger(
    runtime: Runtime,
    person: Staff,
    announcement_id: int,
    state: RecipientState | None = None,
    after_worker: int = 0,
) -> list[Recipient]:
    """One page of the ledger."""
    admit(person)

    def work(tx: Tx) -> list[Recipient]:
        _get(tx, announcement_id)
        return recipients.list_rows(
            tx, announcement_id, state=state, after_worker=after_worker, limit=LEDGER_PAGE
        )

    return await runtime.database.read(work)


# -- sending -----------------------------------------------------------------------------------


async def propose(
    runtime: Runtime, person: Staff, announcement_id: int, send_at: datetime | None = None
) -> AnnouncementState:
    """Offer a draft for sending; returns whether it is approved thereby or waits for a colleague.

    Raises BadInput("texts", "empty" | "missing"), ("audience", "nobody"), ("send_at", "past" |
    "quiet"), AnnouncementNotInState.
    """
    admit(person)
    now = runtime.clock()
    if send_at is not None and send_at < now:
        raise BadInput("send_at", "past")
    if send_at is not None and not may_write_first(send_at):
        raise BadInput("send_at", "quiet")

    def work(tx: Tx) -> AnnouncementState:
        it = _get(tx, announcement_id, lock=True)
        _require(it, DRAFT)
        wording = store.wording_of(tx, it)
        reach = people.count(tx, it.audience, wording, now)
        if not wording.languages:
            raise BadInput("texts", "empty")
        if reach.left_out.get("language"):
            raise BadInput("texts", "missing")
        if not reach.people + reach.late_window:
            raise BadInput("audience", "nobody")
        store.move(tx, it.id, [DRAFT], PROPOSED, proposed_by=person.id, send_at=send_at)
        _audit(tx, person, it.id, "proposed", now, f"people={reach.people}")
        if not _alone(tx, runtime, reach):
            return PROPOSED
        _approve(tx, person, it.id, now)
        return APPROVED

    return await runtime.database.write(work)


async def approve(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """Say yes as the second person: the audience is frozen from this moment on.

    Raises BadInput("approve", "same person") for who proposed it, AnnouncementNotInState.
    """
    admit(person)
    now = runtime.clock()

    def work(tx: Tx) -> None:
        it = _get(tx, announcement_id, lock=True)
        _require(it, PROPOSED)
        reach = people.count(tx, it.audience, store.wording_of(tx, it), now)
        if it.proposed_by == person.id and not _alone(tx, runtime, reach):
            raise BadInput("approve", "same person")
        _approve(tx, person, it.id, now)

    await runtime.database.write(work)


async def take_back(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """Make a proposal a draft again."""
    await _step(runtime, person, announcement_id, "taken_back", _move([PROPOSED], DRAFT))


async def send_now(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """Begin at once what waits for its time, or what is too late to begin by itself."""

    def work(tx: Tx, it: Announcement, now: datetime) -> bool:
        if it.state is APPROVED:
            return store.move(tx, it.id, [APPROVED], APPROVED, send_at=None)
        return store.move(tx, it.id, [LATE], SENDING, started_at=now)

    await _step(runtime, person, announcement_id, "sent_now", work)


async def pause(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """Let nothing more go out, in the transaction that is committed when this returns.

    Only the calls that are under way then can still arrive.
    """
    await _step(
        runtime, person, announcement_id, "paused", lambda tx, it, now: pause_in(tx, it, None, now)
    )


async def resume(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """Go on where it was paused."""
    await _step(runtime, person, announcement_id, "resumed", _move([PAUSED], SENDING))


async def cancel(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """End it for good: what has not gone out never will."""

    def work(tx: Tx, it: Announcement, now: datetime) -> bool:
        if not store.move(tx, it.id, STOPPABLE, CANCELLED, ended_at=now):
            return False
        recipients.withdraw(tx, it.id, now)
        recipients.skip_waiting(tx, it.id, "cancelled", now)
        return True

    await _step(runtime, person, announcement_id, "cancelled", work)


# -- deciding ----------------------------------------------------------------------------------


async def send_unknown_again(
    runtime: Runtime, person: Staff, announcement_id: int, worker_id: int | None = None
) -> None:
    """Send again what may have arrived, to one person or to all: they may get it twice."""
    await _step(
        runtime,
        person,
        announcement_id,
        "resent",
        lambda tx, it, now: _again(tx, it, RecipientState.UNKNOWN, worker_id, now),
    )


async def skip_unknown(
    runtime: Runtime, person: Staff, announcement_id: int, worker_id: int | None = None
) -> None:
    """Leave it at that for what may have arrived."""
    await _step(
        runtime,
        person,
        announcement_id,
        "left",
        lambda tx, it, now: recipients.skip_unknown(tx, it.id, worker_id, now) > 0,
    )


async def retry_failed(runtime: Runtime, person: Staff, announcement_id: int) -> None:
    """Try again where it certainly did not arrive and the reason may have passed."""

    def work(tx: Tx, it: Announcement, now: datetime) -> bool:
        failed = _again(tx, it, RecipientState.FAILED, None, now)
        skipped = _again(tx, it, RecipientState.SKIPPED, None, now)
        return failed or skipped

    await _step(runtime, person, announcement_id, "retried", work)


def _again(
    tx: Tx, it: Announcement, state: RecipientState, worker_id: int | None, now: datetime
) -> bool:
    if it.state in (CANCELLED, DRAFT, PROPOSED):
        return False
    if not recipients.send_again(tx, it.id, state, worker_id, now):
        return False
    store.move(tx, it.id, [FINISHED], SENDING, ended_at=None)
    return True


# -- common ------------------------------------------------------------------------------------

Work = Callable[[Tx, Announcement, datetime], bool]


async def _step(
    runtime: Runtime, person: Staff, announcement_id: int, action: str, work: Work
) -> None:
    """One audited change; AnnouncementNotInState where it does not fit any more."""
    admit(person)
    now = runtime.clock()

    def unit(tx: Tx) -> None:
        it = _get(tx, announcement_id, lock=True)
        if not work(tx, it, now):
            raise AnnouncementNotInState(it.state)
        _audit(tx, person, it.id, action, now)

    await runtime.database.write(unit)


def _move(allowed: Iterable[AnnouncementState], to: AnnouncementState) -> Work:
    return lambda tx, it, now: store.move(tx, it.id, allowed, to)


def _approve(tx: Tx, person: Staff, announcement_id: AnnouncementId, now: datetime) -> None:
    store.move(
        tx,
        announcement_id,
        [PROPOSED],
        APPROVED,
        approved_by=person.id,
        approved_at=now,
        ceiling=people.newest_worker(tx),
    )
    _audit(tx, person, announcement_id, "approved", now)


def _alone(tx: Tx, runtime: Runtime, reach: Reach) -> bool:
    """Whether one person may both propose and approve."""
    few = reach.people + reach.late_window <= MAX_ALONE
    return few or roster.is_small_office(tx, runtime)


def admit(person: Staff) -> None:
    """Raise NotAllowed where this person may not announce."""
    if person.role not in MAY_ANNOUNCE:
        raise NotAllowed


def _get(tx: Tx, announcement_id: int, *, lock: bool = False) -> Announcement:
    found = store.get(tx, announcement_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def _require(it: Announcement, state: AnnouncementState) -> None:
    if it.state is not state:
        raise AnnouncementNotInState(it.state)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise BadInput("name", "empty")
    if len(name) > MAX_NAME:
        raise BadInput("name", "too long")
    return name


def _texts(runtime: Runtime, given: Mapping[str, str]) -> dict[str, str]:
    texts = {language: text.strip() for language, text in given.items() if text.strip()}
    for language, text in texts.items():
        if language not in runtime.languages:
            raise BadInput(f"text_{language}", "unknown")
        if len(text) > MAX_TEXT:
            raise BadInput(f"text_{language}", "too long")
    return texts


def _audit(
    tx: Tx,
    person: Staff,
    announcement_id: AnnouncementId,
    action: str,
    now: datetime,
    detail: str = "",
) -> None:
    audit.append(
        tx,
        f"announcement:{announcement_id}",
        actor=f"staff:{person.id}",
        action=action,
        now=now,
        detail=detail,
    )
