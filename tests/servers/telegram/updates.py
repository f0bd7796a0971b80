"""What the bot is told: the queue, long polling, and delivery to a webhook."""

import asyncio
import re
from typing import Any

from tests.servers.telegram.errors import Refused, bad, conflict
from tests.servers.telegram.faults import Faults, nonsense
from tests.servers.telegram.parameters import Params, words
from tests.servers.telegram.webhook import Delivery, Hook, Retries, Update
from tests.servers.telegram.world import World

FIRST_UPDATE = 870_000_001
DAY_SECONDS = 24 * 3600  # updates are kept for so long
TAP_SECONDS = 150  # and a tap only so long; tdlib/telegram-bot-api, Client.cpp
MAX_POLL_SECONDS = 50  # likewise

KINDS = words(
    "message edited_message channel_post edited_channel_post business_connection business_message "
    "edited_business_message deleted_business_messages guest_message message_reaction "
    "message_reaction_count inline_query chosen_inline_result callback_query shipping_query "
    "pre_checkout_query purchased_paid_media poll poll_answer my_chat_member chat_member "
    "chat_join_request chat_boost removed_chat_boost managed_bot"
)
ONLY_ON_REQUEST = frozenset(("chat_member", "message_reaction", "message_reaction_count"))
SECRET = re.compile("[A-Za-z0-9_-]*")
BY_HOOK = "terminated by setWebhook request"
BY_OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)


class Updates:
    """All that waits for the bot, and the two ways to it."""

    def __init__(self, world: World, retries: Retries, one_lane_per_chat: bool) -> None:
        self.world = world
        self.faults = Faults()
        self.retries = retries
        self.one_lane_per_chat = one_lane_per_chat
        self.pending: list[Update] = []
        self.done: list[Update] = []  # confirmed or accepted, in that order
        self.lost: list[Update] = []  # given up or too old
        self.again: list[Update] = []  # to be told once more
        self.allowed: frozenset[str] = KINDS - ONLY_ON_REQUEST
        self.hook = Hook()
        self.closing = False
        self._next_id = FIRST_UPDATE
        self._polls = 0
        self._delivery: Delivery | None = None

    def put(self, kind: str, body: Any, chat_id: int) -> None:
        """Tell the bot, unless it did not ask for this kind."""
        if kind not in self.allowed:
            return
        lane = "message" if kind == "edited_message" or self.one_lane_per_chat else kind
        if self.faults.happens(self.faults.malformed):
            self.put_raw(nonsense(self.faults.chance))
        seconds = TAP_SECONDS if kind == "callback_query" else DAY_SECONDS
        self._add(Update(0, {kind: body}, (lane, chat_id), self.world.seconds() + seconds))

    def put_raw(self, body: dict[str, Any]) -> None:
        """Tell the bot anything; the update's id is ours."""
        self._add(Update(0, body, ("raw", self._next_id), self.world.seconds() + DAY_SECONDS))

    def _add(self, update: Update) -> None:
        update.id = self._next_id
        self._next_id += 1
        self.pending.append(update)
        self.world.changes.announce()

    def forget_old(self) -> None:
        """Drop what waited too long."""
        now = self.world.seconds()
        self.lost += [update for update in self.pending if update.until <= now]
        self.pending = [update for update in self.pending if update.until > now]

    def finish(self, update: Update) -> None:
        """The bot has it."""
        if update in self.pending:
            self.pending.remove(update)
            self.done.append(update)
        self.world.changes.announce()

    def give_up(self, update: Update) -> None:
        """Nobody will try again."""
        if update in self.pending:
            self.pending.remove(update)
            self.lost.append(update)
        self.world.changes.announce()

    def tell_again(self, count: int) -> None:
        """Repeat the last updates that the bot has had, as after a fault of Telegram's."""
        self.again += self.done[-count:]
        self.world.changes.announce()

    # polling

    async def poll(self, params: Params) -> list[dict[str, Any]]:
        """getUpdates: waits until there is something, at most as long as was asked for."""
        if self.hook.url:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        self._allow(params)
        self._confirm(params.number("offset"))
        limit = min(max(params.number("limit") or 100, 1), 100)
        self._polls += 1
        mine = self._polls
        self.world.changes.announce()  # an older poll gives way
        loop = asyncio.get_running_loop()
        end = loop.time() + min(params.number("timeout"), MAX_POLL_SECONDS)
        while not (batch := self._batch(limit)) and loop.time() < end:
            await self.world.changes.wait(end - loop.time())
            if self.closing:
                raise Refused(500, "Internal Server Error: restart")
            if self._polls != mine:
                raise conflict(BY_HOOK if self.hook.url else BY_OTHER_POLL)
        return [update.as_json() for update in batch]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            for update in self.pending[:offset]:
                self.finish(update)
        for update in [update for update in self.pending if update.id < offset]:
            self.finish(update)

    def _batch(self, limit: int) -> list[Update]:
        self.forget_old()
        again, self.again = self.again, []
        return self.faults.mix(again + self.pending[:limit]) if again or self.pending else []

    def _allow(self, params: Params) -> None:
        wanted = params.json("allowed_updates")
        if wanted is None:
            return
        if not isinstance(wanted, list):
            raise bad("can't parse allowed updates: expected an Array of String")
        for kind in sorted(set(wanted) - KINDS):
            self.world.note(f"allowed_updates: there is no update {kind}")
        self.allowed = frozenset(wanted) & KINDS if wanted else KINDS - ONLY_ON_REQUEST

    # webhook

    async def set_hook(self, params: Params) -> str:
        """setWebhook; an empty address is deleteWebhook. Returns what the answer says of it.

        Like a server that runs in "local" mode, it takes http and any port.
        """
        url, secret = params.text("url"), params.text("secret_token")
        if url and not url.startswith(("http://", "https://")):
            raise bad("invalid webhook URL specified")
        if len(secret) > 256:
            raise bad("secret token is too long")
        if not SECRET.fullmatch(secret):
            raise bad("secret token contains unallowed characters")
        if params.flag("drop_pending_updates"):
            self.lost += self.pending
            self.pending = []
        if url:
            self._allow(params)
            self._polls += 1
        connections = params.number("max_connections") or 40
        before = (self.hook.url, self.hook.secret, self.hook.max_connections)
        if before == (url, secret, connections) or not (before[0] or url):
            return f"Webhook is already {'set' if url else 'deleted'}"
        await self.stop_delivery()
        self.hook = Hook(url, secret, connections) if url else Hook()
        if url:
            self._delivery = Delivery(self)
        self.world.changes.announce()
        return f"Webhook was {'set' if url else 'deleted'}"

    def hook_json(self) -> dict[str, Any]:
        """getWebhookInfo."""
        facts: dict[str, Any] = {
            "url": self.hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
        }
        if self.hook.url:
            facts |= {"max_connections": self.hook.max_connections, "ip_address": "127.0.0.1"}
        if self.hook.last_error:
            facts["last_error_date"] = self.hook.last_error_at
            facts["last_error_message"] = self.hook.last_error
        if self.allowed != KINDS - ONLY_ON_REQUEST:
            facts["allowed_updates"] = sorted(self.allowed)
        return facts

    def resume(self) -> None:
        """Go on after a stop of the server."""
        self.closing = False
        if self.hook.url:
            self._delivery = Delivery(self)

    async def stop_delivery(self) -> None:
        """Send nothing more to the webhook."""
        delivery, self._delivery = self._delivery, None
        if delivery is not None:
            await delivery.stop()
