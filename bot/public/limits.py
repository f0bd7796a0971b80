"""How often one address may post a form. In memory only: no address is ever stored."""

from collections import OrderedDict
from datetime import datetime
from ipaddress import ip_address

from aiohttp import web

from storage.pace import Rate, next_free

RATE = Rate(per_second=0.2, burst=40)  # an office behind one address signs its people up
MAX_ADDRESSES = 10_000


class Limits:
    """Who posted lately."""

    def __init__(self) -> None:
        self._free_at: OrderedDict[str, datetime] = OrderedDict()

    def allows(self, request: web.Request, now: datetime) -> bool:
        """Whether this address may post once more now; counts it where it may."""
        who = _address(request)
        wait, free_at = next_free(self._free_at.get(who, now), RATE, now)
        if wait is not None:
            return False
        self._free_at[who] = free_at
        self._free_at.move_to_end(who)
        if len(self._free_at) > MAX_ADDRESSES:
            self._free_at.popitem(last=False)
        return True


def _address(request: web.Request) -> str:
    """Who asks; behind a proxy on this machine, the address that the proxy saw."""
    remote = request.remote or ""
    try:
        by_proxy = ip_address(remote).is_loopback
    except ValueError:
        return remote
    seen = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    return seen[:64] if by_proxy and seen else remote
