"""One's own page: passkeys, password, and where alerts go."""

import segno
from aiohttp import web

from bot.desk import people_phrases
from bot.desk.entrance import origin_of, takes_passkeys
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput, NotFound, TooManyTries
from bot.office import alerts, passkeys, passwords
from flows.model import Phrase

HERE = "/desk/account"


async def show(visit: Visit, problem: Phrase | None = None, totp: str = "") -> web.Response:
    """What there is; `totp`: the address of a secret that is to be scanned now."""
    runtime, reader = visit.runtime, visit.reader
    keys = await passkeys.list_own(runtime, visit.staff)
    return visit.page(
        "account.html",
        status=422 if problem else 200,
        problem=problem,
        passkeys=[
            (key.id, reader.moment(key.created_at), key.used_at and reader.moment(key.used_at))
            for key in keys
        ],
        takes_passkeys=takes_passkeys(origin_of(runtime, visit.request)),
        has_password=await passwords.is_set(runtime, visit.staff),
        told="confirmed" in visit.request.query,
        totp_key=passwords.secret_of(totp),
        totp_picture=segno.make(totp).svg_inline(scale=5, light="#fff") if totp else "",
        sends_mail=bool(runtime.settings.smtp_host),
        mail=await alerts.address_of(runtime, visit.staff),
    )


async def passkey_options(visit: Visit) -> web.Response:
    """What the browser needs to make a passkey."""
    origin = origin_of(visit.runtime, visit.request)
    return web.json_response(text=await passkeys.begin_adding(visit.runtime, visit.staff, origin))


async def add_passkey(visit: Visit) -> web.Response:
    """Keep the passkey that the browser has made."""
    origin = origin_of(visit.runtime, visit.request)
    made = visit.form.text("credential")
    try:
        await passkeys.add(visit.runtime, visit.staff, origin, made)
    except BadInput as error:
        return await _again(visit, error)
    return see_other(HERE)


async def remove_passkey(visit: Visit) -> web.Response:
    """Forget one of one's own passkeys."""
    number = visit.form.text("passkey")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise NotFound
    await passkeys.remove(visit.runtime, visit.staff, int(number))
    return see_other(HERE)


async def set_password(visit: Visit) -> web.Response:
    """Choose a password; the answer shows what the app is to scan, this once."""
    try:
        totp = await passwords.begin(visit.runtime, visit.staff, visit.form.text("password"))
    except BadInput as error:
        return await _again(visit, error)
    return await show(visit, totp=totp)


async def confirm(visit: Visit) -> web.Response:
    """The first code of the app."""
    try:
        await passwords.confirm(visit.runtime, visit.staff, visit.form.text("code"))
    except TooManyTries:
        return await show(visit, people_phrases.TOO_MANY)
    except BadInput as error:
        totp = await passwords.pending(visit.runtime, visit.staff)
        return await show(visit, people_phrases.PROBLEMS[error.field, error.reason], totp)
    return see_other(HERE + "?confirmed=1")


async def set_mail(visit: Visit) -> web.Response:
    """Where alerts go."""
    try:
        await alerts.set_address(visit.runtime, visit.staff, visit.form.text("mail"))
    except BadInput as error:
        return await _again(visit, error)
    return see_other(HERE)


async def _again(visit: Visit, error: BadInput) -> web.Response:
    return await show(visit, people_phrases.PROBLEMS[error.field, error.reason])
