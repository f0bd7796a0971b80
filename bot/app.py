"""The composition root: builds everything, serves until a signal comes, stops without losing.

Start: settings -> content -> database (migrated, unlocked) -> loops -> web server.
Stop (SIGTERM, SIGINT): no new connections -> what is in hand is finished -> the loops end, with
the dispatcher's calls -> the database closes.
"""

import asyncio
import fcntl
import gc
import hmac
import signal
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST as CONTENT_TYPE
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from bot import desk, public
from bot.casework.clocks import Clocks
from bot.channels import paper, webchat
from bot.delivery.feeder import Feeder
from bot.delivery.local import Channel, Dispatcher
from bot.errors import DeliveryError, SettingsError
from bot.loop import Loop
from bot.office.alerts import Alerts
from bot.office.housekeeping import Housekeeping
from bot.runtime import Runtime, started, utc_now
from bot.settings import Settings
from bot.tools import doctor
from bot.tools.doctor import Finding
from bot.workshops.keeper import Keeper
from storage import cases, outbox
from storage.database import DatabaseUnavailable, sqlite_file

log = structlog.get_logger()
SHUTDOWN_SECONDS = 10.0
MAX_BODY_BYTES = 25 * 1024 * 1024
BY_A_PROXY = ("x-forwarded", "forwarded", "x-real-ip", "via")
RUNTIME = web.AppKey("runtime", Runtime)


async def serve(
    settings: Settings,
    ready: Callable[[Runtime, str], Awaitable[None]],
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Run everything in this process until SIGTERM or SIGINT; calls ready(runtime, address).

    Raises SettingsError or flows.load.FlowError where it cannot start, before it listens.
    """
    stop = _stop_on_signal()
    with only_server(settings):
        async with started(settings, clock=clock) as runtime:
            app = build_app(runtime)
            channels = add_channels(app, runtime)
            loops: list[Loop] = [
                Dispatcher(runtime, channels),
                Feeder(runtime, channels),
                Keeper(runtime),
                Clocks(runtime),
                Alerts(runtime),
                Housekeeping(runtime),
            ]
            working = [asyncio.create_task(loop.run()) for loop in loops]
            runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
            await runner.setup()
            try:
                await _listen(runner, settings)
                gc.freeze()  # trees and modules are never waste
                await ready(runtime, settings.address)
                await stop.wait()
            finally:
                await runner.cleanup()
                for loop in loops:
                    loop.stop()
                await asyncio.gather(*working)
                await asyncio.gather(*(channel.close() for channel in channels.values()))
            log.info("stopped")


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Be the one serving process of a SQLite database: a second one would send twice."""
    path = sqlite_file(settings.database_url)
    if path is None:
        yield
        return
    try:
        file = open(f"{path}.lock", "a", encoding="ascii")  # noqa: SIM115  (held while we serve)
    except OSError as error:
        raise SettingsError([f"HAMRAH_DATABASE_URL cannot be used: {error.strerror}"]) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SettingsError([f"Hamrah is running already on {path}: stop it first"]) from None
        yield


def build_app(runtime: Runtime) -> web.Application:
    """The web server's routes: health, web chat, pages of workshops, desk."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[RUNTIME] = runtime
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/", to_chat)
    webchat.add_routes(app, runtime)
    public.add_routes(app, runtime)
    desk.add_routes(app, runtime, bot_name if runtime.settings.telegram_token else None)
    return app


def add_channels(app: web.Application, runtime: Runtime) -> dict[str, Channel]:
    """The platforms that are set up. Each listens from the app's start to its cleanup."""
    channels: dict[str, Channel] = {"webchat": webchat.WebChat(), "desk": paper.Paper()}
    if runtime.settings.telegram_token:
        from bot.channels.telegram import Telegram  # costs seconds: only where it is used

        telegram = Telegram(runtime)
        telegram.add_routes(app)
        channels[telegram.name] = telegram
    if runtime.settings.whatsapp_token:
        from bot.channels.whatsapp import WhatsApp

        whatsapp = WhatsApp(runtime)
        whatsapp.add_routes(app)
        channels[whatsapp.name] = whatsapp
    return channels


async def examine(settings: Settings) -> list[Finding]:
    """What `hamrah doctor` finds, in the order in which things are set up."""
    found = [*await doctor.check_house(settings)]
    if settings.telegram_token:
        from bot.channels.telegram.checks import check as check_telegram

        found += await check_telegram(settings)
    if settings.whatsapp_token:
        from bot.channels.whatsapp.checks import check as check_whatsapp

        found += await check_whatsapp(settings)
    elif settings.whatsapp_phone_id or settings.whatsapp_app_secret:
        mend = "Make one as docs/whatsapp.md says, step 4: until then WhatsApp is off."
        found.append(doctor.bad("WhatsApp token", "HAMRAH_WHATSAPP_TOKEN is not set", mend))
    return found


async def bring_templates(
    settings: Settings, agree: Callable[[Sequence[tuple[str, str, str]]], bool]
) -> list[tuple[str, str, str]]:
    """WhatsApp's templates as (name, language, status); the missing are submitted on a yes."""
    from bot.channels.whatsapp.checks import NotSetUp, TemplateState
    from bot.channels.whatsapp.checks import bring_templates as bring

    def rows(states: Sequence[TemplateState]) -> list[tuple[str, str, str]]:
        return [(state.name, state.language, state.status) for state in states]

    if not settings.whatsapp_token:
        raise SettingsError(["HAMRAH_WHATSAPP_TOKEN is not set: WhatsApp is off"])
    try:
        return rows(await bring(settings, lambda states: agree(rows(states))))
    except NotSetUp as error:
        raise SettingsError([f"{error}: `hamrah doctor` looks at each step"]) from None


async def bot_name(settings: Settings) -> str:
    """What our bot is called on Telegram, for links; "" where it is off or does not answer."""
    if not settings.telegram_token:
        return ""
    from bot.channels.telegram.api import Api

    api = Api(settings.telegram_token, settings.telegram_api_url)
    try:
        return await api.username()
    except DeliveryError:
        return ""
    finally:
        await api.close()


async def healthz(_: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """The database answers."""
    try:
        await request.app[RUNTIME].database.check()
    except DatabaseUnavailable:
        return web.json_response({"status": "no database"}, status=503)
    return web.json_response({"status": "ready"})


async def metrics(request: web.Request) -> web.Response:
    """Numbers for Prometheus, counted in the database, so that all processes agree.

    For who knows the token; where no public address is set, also for who asks on this machine. A
    web server in front of a public one may tell us nothing of who asks: then all seem to be here.
    """
    if not _may_count(request):
        raise web.HTTPNotFound
    database = request.app[RUNTIME].database
    try:
        messages = await database.read(outbox.count_by_state)
        open_cases = await database.read(cases.count_by_state)
    except DatabaseUnavailable:
        return web.Response(status=503)
    registry = CollectorRegistry()
    for name, text, counts in (
        ("hamrah_outbox_messages", "Outgoing messages by state", messages),
        ("hamrah_cases", "Cases by state", open_cases),
    ):
        gauge = Gauge(name, text, ["state"], registry=registry)
        for state, count in counts.items():
            gauge.labels(state).set(count)
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE})


def _may_count(request: web.Request) -> bool:
    settings = request.app[RUNTIME].settings
    token = settings.metrics_token
    given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
    if token and hmac.compare_digest(given, f"Bearer {token}".encode()):
        return True
    proxied = any(name.lower().startswith(BY_A_PROXY) for name in request.headers)
    return not settings.public_url and not proxied and request.remote in ("127.0.0.1", "::1")


async def to_chat(_: web.Request) -> web.Response:
    """The front door is the web chat."""
    raise web.HTTPFound("/chat")


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        raise SettingsError(
            [f"HAMRAH_PORT {settings.port} on {settings.host} cannot be used: {error.strerror}"]
        ) from None


def _stop_on_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set, from now on."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
