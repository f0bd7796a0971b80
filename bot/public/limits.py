"""How often one address may post a form. In memory only: no address is ever stored."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from aiohttp import web

from bot.settings import Network
from storage.pace import Rate, next_free

RATE = Rate(per_second=0.2, burst=40)  # an office behind one address signs its people up
MAX_ADDRESSES = 10_000


class Limits:
    """Who posted lately; who asks is believed of `proxies` only."""

    def __init__(self, proxies: Sequence[Network]) -> None:
        self._proxies = proxies
        self._free_at: OrderedDict[str, datetime] = OrderedDict()

    def allows(self, request: web.Request, now: datetime) -> bool:
        """Whether this address may post once more now; counts it where it may."""
        who = self._address(request)
        wait, free_at = next_free(self._free_at.get(who, now), RATE, now)
        if wait is not None:
            return False
        self._free_at[who] = free_at
        self._free_at.move_to_end(who)
        if len(self._free_at) > MAX_ADDRESSES:
            self._free_at.popitem(last=False)
        return True

    def _address(self, request: web.Request) -> str:
        """Who asks, as the outermost proxy saw them: what stands before that anybody can write."""
        remote = request.remote or ""
        seen = request.headers.get("X-Forwarded-For", "").split(",")
        while seen and self._is_proxy(remote):
            remote = seen.pop().strip()[:64] or remote
        return remote

    def _is_proxy(self, address: str) -> bool:
        try:
            ip = ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._proxies)
