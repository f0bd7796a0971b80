"""What staff are shown, made at the moment of sending, so that it is true then.

Without HAMRAH_TELEGRAM_CONTENT a card names a case by number, priority, language, topic and times
(HANDOFF.md section 6e), and nothing else; what is in the case opens in the desk.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.casework import cases, checklists, conflicts, doors, dossier, holding, queue, quick_replies
from bot.casework.case_phrases import PAPERS
from bot.casework.cases import CasePage
from bot.casework.states import OUTCOMES as ENDINGS
from bot.channels.telegram.lawyers import phrases
from bot.channels.telegram.lawyers.data import Card, Key, StaffData
from bot.channels.telegram.lawyers.path import path_of
from bot.errors import CaseAlreadyClaimed, ConflictUndeclared, HamrahError, NotFound
from bot.office import notices, roster, staff, staff_chats
from bot.phrases import GENERAL_TOPIC, OUTCOMES
from bot.runtime import Runtime
from bot.texts import language_name, span_in_words
from flows.model import Latin, Phrase, Value
from storage.casework import PaperState
from storage.quick_replies import QuickReply
from storage.records import CaseCard, CaseId, CaseState, NoticeKind, Priority, Role, Staff
from storage.staff_posts import Post

MOST = 8  # cases in one list
MOST_REPLIES = 20  # buttons in one
LAWYERS = (Role.LAWYER, Role.COORDINATOR)
OFFERS = (NoticeKind.NEW_CASE, NoticeKind.ESCALATED, NoticeKind.CALL_DIRECTOR)
Rows = Sequence[Sequence[Key]]


class Cards:
    """Makes cards for one reader."""

    def __init__(self, runtime: Runtime, reader: Staff) -> None:
        self._runtime, self._reader = runtime, reader
        self._makers: dict[str, Callable[[Post], Awaitable[Card | None]]] = {
            "menu": self._menu,
            "queue": self._queue,
            "mine": self._mine,
            "case": self._case,
            "ask": self._ask,
            "outcomes": self._outcomes,
            "colleagues": self._colleagues,
            "quick": self._quick,
            "papers": self._papers,
            "which": self._which,
            "problem": self._problem,
            "done": self._done,
            "desk": self._desk,
            "again": self._again,
            "notice": self._notice,
            "gone": self._gone,
        }

    async def make(self, post: Post) -> Card | None:
        """The card that a post asks for; None where there is nothing to show any more."""
        try:
            return await self._makers[post.args["card"]](post)
        except HamrahError:
            return await self._gone(post)

    def say(self, phrase: Phrase, **fields: Value) -> str:
        """A sentence in the reader's language."""
        return self._runtime.speech.say(phrase, self._reader.language, **fields)

    def key(self, verb: str, case: int = 0, arg: str = "", label: str = "") -> Key:
        """A button that does this."""
        data = StaffData(verb=verb, case=case, arg=arg).pack()
        return Key(label or self.say(phrases.BUTTONS[verb]), data)

    def line(
        self,
        code: str,
        priority: Priority,
        language: str,
        topic: str,
        queued_at: datetime,
        due_at: datetime,
    ) -> str:
        """A case in one line, without content."""
        flow = self._runtime.catalog.flow(topic)
        return self.say(
            phrases.LINE,
            code=Latin(code),
            priority=str(int(priority)),
            language=language_name(language, self._reader.language),
            topic=GENERAL_TOPIC if flow is None else flow.title,
            waiting=span_in_words(self._runtime.clock() - queued_at, self._reader.language),
            due=due_at,
        )

    # -- lists -------------------------------------------------------------------------------

    async def _menu(self, post: Post) -> Card:
        name = self._reader.name
        text = self.say(phrases.MENU, name=name)
        if post.args.get("tied"):
            content = self._runtime.settings.telegram_content
            text = self.say(phrases.TIED_CONTENT if content else phrases.TIED, name=name)
        rows = [[self.key("desk")]]
        if self._reader.role in LAWYERS:
            words, duty = await self._duty()
            text = f"{text}\n\n{words}"
            lists = [self.key("queue"), self.key("mine")]
            rows = [lists, [self.key("next"), *duty], *rows]
        return Card(text, rows)

    async def _duty(self) -> tuple[str, list[Key]]:
        """Who is on duty today, and the button that changes it for oneself."""
        holder = await roster.duty_today(self._runtime)
        if holder is None:
            return self.say(phrases.ON_DUTY_NOBODY), [self.key("duty_on")]
        if holder == self._reader.id:
            return self.say(phrases.ON_DUTY), [self.key("duty_off")]
        name = await staff_chats.name_of(self._runtime, holder)
        return self.say(phrases.ON_DUTY_OTHER, name=name), []

    async def _queue(self, post: Post) -> Card:
        found = await queue.list_queue(self._runtime, self._reader)
        return self._list(found.cards, found.total, phrases.QUEUE, phrases.QUEUE_EMPTY)

    async def _mine(self, post: Post) -> Card:
        found = await queue.list_mine(self._runtime, self._reader)
        return self._list(found, len(found), phrases.MINE, phrases.MINE_EMPTY)

    def _list(self, found: Sequence[CaseCard], total: int, head: Phrase, empty: Phrase) -> Card:
        shown = found[:MOST]
        lines = [self.say(head if found else empty), *map(self._card_line, shown)]
        if total > MOST:
            lines.append(self.say(phrases.MORE, count=total - MOST))
        keys = [self.key("view", card.id, label=card.code) for card in shown]
        rows = [keys[at : at + 4] for at in range(0, len(keys), 4)]
        return Card("\n\n".join(lines), [*rows, [self.key("menu")]])

    def _card_line(self, card: CaseCard) -> str:
        return self.line(
            card.code, card.rank, card.language, card.topic, card.queued_at, card.due_at
        )

    # -- a case ------------------------------------------------------------------------------

    async def _case(self, post: Post) -> Card:
        assert post.case_id is not None
        try:
            card = await conflicts.read_card(self._runtime, self._reader, post.case_id)
        except NotFound:
            return await self._not_mine(post.case_id)
        if card.state is CaseState.QUEUED:
            lines = [*self._known(card), self.say(phrases.IN_QUEUE)]
            return Card("\n\n".join(lines), self._to_claim(card), offers=True)
        if not self._runtime.settings.telegram_content:  # nothing is read, so no reading is noted
            mine = card.assignee_id == self._reader.id
            lines = [*self._known(card), *self._standing(card.state, card.outcome, mine)]
            return Card("\n\n".join(lines), self._steps(card.id, card.state, mine, content=False))
        try:
            asked = not post.args.get("auto")
            page = await cases.read_case(self._runtime, self._reader, post.case_id, asked=asked)
        except ConflictUndeclared:
            lines = [*self._known(card), self.say(phrases.UNDECLARED)]
            return Card("\n\n".join(lines), self._to_declare(card))
        return self._read(post, card, page)

    def _read(self, post: Post, card: CaseCard, page: CasePage) -> Card:
        """A case that the reader may read here."""
        lines = self._known(card)
        if page.mine:
            lines += path_of(self._runtime, self._reader.language, page.answers)
        lines += self._standing(page.case.state, page.case.outcome, page.mine)
        if post.args.get("open"):
            known = language_name(page.worker_language, self._reader.language)
            hint = phrases.ROOM if post.args.get("topic") else phrases.ROOM_BY_REPLY
            lines.append(self.say(hint, language=known))
        steps = self._steps(card.id, page.case.state, page.mine, content=True)
        return Card("\n\n".join(lines), steps)

    def _standing(self, state: CaseState, outcome: str | None, mine: bool) -> list[str]:
        """How a case stands, in a sentence."""
        if state is CaseState.CLOSED:
            ended = OUTCOMES.get(outcome or "")
            return [self.say(phrases.CLOSED, outcome=self.say(ended) if ended else "–")]
        return [self.say(phrases.WITH_YOU)] if mine else []

    def _known(self, card: CaseCard) -> list[str]:
        """What may be known of a case before its content: the other side only by permission."""
        lines = [self._card_line(card)]
        if card.opponent is not None:
            content = self._runtime.settings.telegram_content
            against = self.say(phrases.AGAINST, name=card.opponent)
            lines.append(against if content else self.say(phrases.LOOK_IN_DESK))
        return lines

    async def _not_mine(self, case_id: CaseId) -> Card:
        taken = await cases.taken_by(self._runtime, self._reader, case_id)
        return Card(self.taken(taken), [[self.key("queue"), self.key("menu")]])

    def taken(self, taken: CaseAlreadyClaimed) -> str:
        """Who was first, and when."""
        at: Value = taken.claimed_at or "–"
        return self.say(phrases.WITH, name=taken.claimed_by, time=at)

    def _to_claim(self, card: CaseCard) -> Rows:
        return [
            [self.key("claim", card.id), self.key("decline", card.id)],
            [self.key("desk", card.id), self.key("queue")],
        ]

    def _to_declare(self, card: CaseCard) -> Rows:
        seen = card.opponent is None or self._runtime.settings.telegram_content
        says_no = [self.key("no_conflict", card.id)] if seen else []
        return [[*says_no, self.key("decline", card.id)], [self.key("desk", card.id)]]

    def _steps(self, case: CaseId, state: CaseState, mine: bool, *, content: bool) -> Rows:
        if not mine:
            return [[self.key("desk", case), self.key("menu")]]
        if state is CaseState.CLOSED:
            return [[self.key("reopen", case)], [self.key("desk", case), self.key("mine")]]
        words = [
            [self.key("reply", case), self.key("note", case)],
            [self.key("quick", case), self.key("document", case)],
        ]
        over = [self.key("transfer", case), self.key("release", case)]
        return [
            *([*words, over] if content else []),
            [self.key("close", case)],
            [self.key("desk", case), self.key("mine")],
        ]

    async def _notice(self, post: Post) -> Card | None:
        kind = NoticeKind(post.args["kind"])
        notice = await staff_chats.read_notice(self._runtime, self._reader, kind, post.case_id)
        if notice is None:
            return None
        text = f"🔔 {notices.sentence(self._runtime, notice, self._reader.language)}"
        if notice.case_id is None:
            return Card(text, [[self.key("mine"), self.key("desk")]])
        look = [self.key("view", notice.case_id), self.key("desk", notice.case_id)]
        if kind is NoticeKind.TRANSFER_OFFERED:
            answer = [self.key("accept", notice.case_id), self.key("refuse", notice.case_id)]
            return Card(text, [answer, [self.key("desk", notice.case_id)]])
        if kind not in OFFERS:
            return Card(text, [look])
        take = [self.key("claim", notice.case_id), self.key("decline", notice.case_id)]
        return Card(text, [take, look], offers=True)

    async def _gone(self, post: Post) -> Card:
        return Card(self.say(phrases.GONE), [[self.key("menu")]])

    # -- questions ---------------------------------------------------------------------------

    async def _ask(self, post: Post) -> Card:
        to = post.args.get("to")
        name = await staff_chats.name_of(self._runtime, to) if to else ""
        text = self.say(phrases.ASKS[post.args["verb"]], code=await self._code(post), name=name)
        return Card(text, asks=True)

    async def _outcomes(self, post: Post) -> Card:
        assert post.case_id is not None
        keys = [
            self.key("close_as", post.case_id, outcome, self.say(OUTCOMES[outcome]))
            for outcome in ENDINGS
        ]
        text = self.say(phrases.ASK_OUTCOME, code=await self._code(post))
        return Card(text, [*([key] for key in keys), [self.key("view", post.case_id)]])

    async def _colleagues(self, post: Post) -> Card:
        assert post.case_id is not None
        found = await holding.list_colleagues(self._runtime, self._reader, post.case_id)
        code, back = await self._code(post), [self.key("view", post.case_id)]
        if not found:
            return Card(self.say(phrases.NO_COLLEAGUE, code=code), [back])
        keys = [
            [self.key("transfer_to", post.case_id, str(person.id), person.name)]
            for person in found[:MOST]
        ]
        return Card(self.say(phrases.ASK_COLLEAGUE, code=code), [*keys, back])

    async def _quick(self, post: Post) -> Card:
        """The office's quick replies; one without words in the worker's language says so."""
        assert post.case_id is not None
        language = await staff_chats.language_of(self._runtime, self._reader, post.case_id)
        found = await quick_replies.list_all(self._runtime, self._reader)
        code, back = await self._code(post), [self.key("view", post.case_id)]
        if not found:
            return Card(self.say(phrases.NO_QUICK, code=code), [back])
        keys = [
            [self.key("quick_as", post.case_id, str(reply.id), self._named(reply, language))]
            for reply in found[:MOST_REPLIES]
        ]
        name = language_name(language, self._reader.language)
        return Card(self.say(phrases.ASK_QUICK, code=code, language=name), [*keys, back])

    def _named(self, reply: QuickReply, language: str) -> str:
        return reply.name if language in reply.texts else f"⚠️ {reply.name} ({language}: –)"

    async def _papers(self, post: Post) -> Card:
        """What the case's list still misses, then the papers that such a case usually needs."""
        assert post.case_id is not None
        known = await dossier.read(self._runtime, self._reader, post.case_id)
        page = await cases.read_case(self._runtime, self._reader, post.case_id)
        missing = [paper for paper in known.papers if paper.state is not PaperState.ARRIVED]
        offered = [(str(paper.id), paper.title or self._paper(paper.kind)) for paper in missing]
        usual = checklists.suggested(page.case.topic, known.papers)
        offered += [(kind, self._paper(kind)) for kind in usual]
        keys = [[self.key("document_as", page.case.id, *item)] for item in offered[:MOST_REPLIES]]
        text = self.say(phrases.ASK_PAPER, code=Latin(page.case.code))
        return Card(text, [*keys, [self.key("view", page.case.id)]])

    def _paper(self, kind: str) -> str:
        return self.say(PAPERS[kind])

    async def _which(self, post: Post) -> Card:
        mine = await queue.list_mine(self._runtime, self._reader)
        if not mine:
            return Card(self.say(phrases.NO_CASE), [[self.key("queue"), self.key("menu")]])
        lines = [self.say(phrases.ASK_CASE), *map(self._card_line, mine[:MOST])]
        keys = [self.key("to", card.id, label=card.code) for card in mine[:MOST]]
        rows = [keys[at : at + 4] for at in range(0, len(keys), 4)]
        return Card("\n\n".join(lines), rows)

    # -- what was done -----------------------------------------------------------------------

    async def _problem(self, post: Post) -> Card:
        why = post.args["why"]
        text = self.say(phrases.WHY[why])
        if not post.args.get("bare"):
            text = self.say(phrases.NOT_SENT, why=text)
        if post.case_id is None:
            return Card(text)
        return Card(text, [[self.key("view", post.case_id), self.key("desk", post.case_id)]])

    async def _done(self, post: Post) -> Card:
        done = {
            "note": phrases.NOTED,
            "release": phrases.RELEASED,
            "decline": phrases.DECLINED,
            "transfer": phrases.OFFERED,
            "refuse": phrases.REFUSED,
            "document": phrases.ASKED_PAPER,
        }[post.args["what"]]
        return Card(self.say(done, code=await self._code(post)))

    async def _desk(self, post: Post) -> Card:
        who = doors.actor(self._reader)
        link = await staff.make_link(self._runtime, self._reader, by=who, case_id=post.case_id)
        open_it = Key(self.say(phrases.BUTTONS["open"]), url=link)
        back = self.key("view", post.case_id) if post.case_id else self.key("menu")
        return Card(self.say(phrases.DESK), [[open_it], [back]])

    async def _again(self, post: Post) -> Card:
        return Card(self.say(phrases.AGAIN))

    async def _code(self, post: Post) -> Latin:
        assert post.case_id is not None
        return Latin(await cases.code_of(self._runtime, post.case_id))
