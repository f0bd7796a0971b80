"""The desk: the web pages on which staff see the queue and work on cases."""

from pathlib import Path
from weakref import WeakValueDictionary

from aiohttp import web

from bot.desk.live import STREAMS, end_all
from bot.desk.routes import PUBLIC_ROUTES, STAFF_ROUTES
from bot.desk.security import UNDER_WAY, add_headers, admit, guard
from bot.desk.visit import BOT_NAME, RUNTIME, BotName
from bot.runtime import Runtime

HERE = Path(__file__).parent


def add_routes(app: web.Application, runtime: Runtime, bot_name: BotName | None = None) -> None:
    """Serve the desk under /desk; `bot_name` asks what our bot is called, where there is one."""
    app.add_subapp("/desk", build_desk(runtime, bot_name))


def build_desk(runtime: Runtime, bot_name: BotName | None = None) -> web.Application:
    """The desk as an application of its own: its headers and guards reach all its answers."""
    desk = web.Application(middlewares=[guard])
    desk[RUNTIME] = runtime
    desk[BOT_NAME] = bot_name
    desk[STREAMS] = set()
    desk[UNDER_WAY] = WeakValueDictionary()
    for public in PUBLIC_ROUTES:
        desk.router.add_route(public.method, public.path, public.view)
    for route in STAFF_ROUTES:
        desk.router.add_route(route.method, route.path, admit(route))
    desk.router.add_static("/static", HERE / "static")
    desk.on_response_prepare.append(add_headers)
    desk.on_shutdown.append(end_all)
    return desk
