"""One's own page: passkeys, password, the account on Telegram, and where alerts go."""

import segno
from aiohttp import web

from bot.desk import people_phrases
from bot.desk.entrance import origin_of, takes_passkeys
from bot.desk.visit import Visit, see_other
from bot.errors import BadInput, NotFound, TooManyTries
from bot.office import alerts, passkeys, passwords, staff_chats
from flows.model import Phrase

HERE = "/desk/account"


async def show(
    visit: Visit, problem: Phrase | None = None, totp: str = "", tie: str = ""
) -> web.Response:
    """What there is; `totp`: the address of a secret to be scanned now, `tie`: a way to tie."""
    runtime, reader = visit.runtime, visit.reader
    keys = await passkeys.list_own(runtime, visit.staff)
    since = await staff_chats.tied_since(runtime, visit.staff)
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
        has_telegram=bool(runtime.settings.telegram_token),
        tied_since=since and reader.moment(since),
        tie=tie,
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


async def tie_telegram(visit: Visit) -> web.Response:
    """A way to tie one's own account; the answer shows it, this once."""
    runtime, person = visit.runtime, visit.staff
    code = await staff_chats.make_code(runtime, person, f"staff:{person.id}")
    return await show(visit, tie=staff_chats.way_to_tie(code, runtime.settings.telegram_name))


async def untie_telegram(visit: Visit) -> web.Response:
    """One's own account is a stranger's from now on."""
    await staff_chats.untie(visit.runtime, visit.staff, f"staff:{visit.staff.id}")
    return see_other(HERE)


async def set_mail(visit: Visit) -> web.Response:
    """Where alerts go."""
    try:
        await alerts.set_address(visit.runtime, visit.staff, visit.form.text("mail"))
    except BadInput as error:
        return await _again(visit, error)
    return see_other(HERE)


async def _again(visit: Visit, error: BadInput) -> web.Response:
    return await show(visit, people_phrases.PROBLEMS[error.field, error.reason])
