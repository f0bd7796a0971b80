"""Whether WhatsApp is set up, step by step as docs/whatsapp.md leads; and templates at Meta."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import httpx
from pywa_async.errors import WhatsAppError

from bot.channels.whatsapp.api import Api
from bot.channels.whatsapp.templates import meta_code, submission
from bot.channels.whatsapp.webhook import PATH, SIGNATURE, sign
from bot.errors import HamrahError
from bot.settings import Settings
from bot.tools.doctor import Finding, bad, ok
from bot.whatsapp_templates import load_templates

PHONE_FIELDS = "verified_name,display_phone_number,quality_rating"
SENDS, MANAGES = "whatsapp_business_messaging", "whatsapp_business_management"
MISSING = "MISSING"
APPROVED = "APPROVED"
CALL_SECONDS = 15
MOST = 20  # accounts, or pages of a list, that are looked at


class NotSetUp(HamrahError):
    """Meta does not give what a step needs; says why."""


@dataclass(frozen=True)
class TemplateState:
    """A text, and what Meta says of it."""

    name: str
    language: str
    status: str  # APPROVED, PENDING, REJECTED, PAUSED, ..., or MISSING


async def check(settings: Settings) -> Sequence[Finding]:
    """Every step, each told; those that need an earlier one are left out where it fails."""
    api = Api(settings)
    try:
        found = [await _token(api), await _phone(api), await _secret(api)]
        found += await _webhook(settings)
        if all(each.good for each in found[:2]):
            found += [await _subscribed(api), await _templates(api), await _quality(api)]
        return found
    finally:
        await api.close()


async def bring_templates(
    settings: Settings, agree: Callable[[Sequence[TemplateState]], bool]
) -> list[TemplateState]:
    """Our texts and their state at Meta; the missing are submitted where `agree` says yes.

    Raises NotSetUp.
    """
    api = Api(settings)
    try:
        states = await list_templates(api)
        missing = [state for state in states if state.status == MISSING]
        if missing and agree(states):
            known = [state for state in states if state.status != MISSING]
            states = [*known, *await submit(api, missing)]
        return states
    finally:
        await api.close()


async def list_templates(api: Api) -> list[TemplateState]:
    """All our texts with their state at Meta; raises NotSetUp."""
    account = await _account(api)
    known: dict[tuple[str, str], str] = {}
    page: dict[str, Any] = {"limit": 100, "fields": "name,language,status"}
    for _ in range(MOST):
        answer = await _asked(api, "GET", f"/{account}/message_templates", params=page)
        for entry in answer.get("data", []):
            known[str(entry.get("name")), str(entry.get("language"))] = str(entry.get("status"))
        after = answer.get("paging", {}).get("cursors", {}).get("after")
        if not after or "next" not in answer["paging"]:
            break
        page["after"] = after
    return [
        TemplateState(name, language, known.get((name, meta_code(language)), MISSING))
        for name, template in load_templates().items()
        for language in template.texts
    ]


async def submit(api: Api, missing: Sequence[TemplateState]) -> list[TemplateState]:
    """Ask Meta to approve these; returns what it says of each."""
    account = await _account(api)
    ends = []
    for state in missing:
        body = submission(load_templates()[state.name], state.language)
        try:
            answer = await _asked(api, "POST", f"/{account}/message_templates", json=body)
            status = str(answer.get("status", "PENDING"))
        except NotSetUp as error:
            status = f"NOT TAKEN: {error}"
        ends.append(TemplateState(state.name, state.language, status))
    return ends


async def _token(api: Api) -> Finding:
    mend = "Make a token of a system user (docs/whatsapp.md, step 4): HAMRAH_WHATSAPP_TOKEN."
    try:
        account, token = await _account(api), await _about_token(api)
    except NotSetUp as error:
        return bad("WhatsApp token", str(error), mend)
    if SENDS not in {str(scope.get("scope")) for scope in token.get("granular_scopes", [])}:
        return bad("WhatsApp token", f"has no permission {SENDS}", mend)
    if ends := token.get("expires_at"):
        day = datetime.fromtimestamp(float(ends), UTC).date()
        return bad("WhatsApp token", f"works only until {day}", mend)
    return ok("WhatsApp token", f"belongs to the business account {account}")


async def _phone(api: Api) -> Finding:
    try:
        phone = await _asked(api, "GET", f"/{api.phone_id}", params={"fields": PHONE_FIELDS})
    except NotSetUp as error:
        mend = "Copy the id under the number in Meta's API Setup: HAMRAH_WHATSAPP_PHONE_ID."
        return bad("WhatsApp number", str(error), mend)
    name = f"{phone.get('display_phone_number')}, shown as {phone.get('verified_name')!r}"
    return ok("WhatsApp number", name)


async def _secret(api: Api) -> Finding:
    try:
        await _asked(api, "GET", f"/{api.phone_id}", proof=True, params={"fields": "id"})
    except NotSetUp as error:
        mend = "Copy it from the app's settings at Meta, Basic: HAMRAH_WHATSAPP_APP_SECRET."
        return bad("WhatsApp app secret", str(error), mend)
    return ok("WhatsApp app secret", "is that of the app")


async def _webhook(settings: Settings) -> list[Finding]:
    """Call our own address from outside, as Meta does."""
    address = f"{settings.address}{PATH}"
    step, signed = "WhatsApp webhook", "WhatsApp signatures"
    timeout = aiohttp.ClientTimeout(total=CALL_SECONDS)
    challenge = secrets.token_hex(8)
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": settings.whatsapp_verify_token,
        "hub.challenge": challenge,
    }
    body = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session:
            async with session.get(address, params=query) as answer:
                heard = await answer.text() if answer.status == 200 else ""
            right = {SIGNATURE: sign(settings.whatsapp_app_secret, body)}
            async with session.post(address, data=body, headers=right) as answer:
                takes = answer.status == 200
            wrong = {SIGNATURE: sign("0" * 32, body)}
            async with session.post(address, data=body, headers=wrong) as answer:
                refuses = answer.status == 401
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        mend = "Start Hamrah (`hamrah run`) and look at HAMRAH_PUBLIC_URL and the web server."
        return [bad(step, f"{address} does not answer ({type(error).__name__})", mend)]
    mend = "Something else answers there, or Hamrah runs with other settings: restart it."
    found = ok(step, f"{address} answers") if heard == challenge else bad(step, "is not ours", mend)
    checked = ok(signed, "are checked") if takes and refuses else bad(signed, "are wrong", mend)
    return [found, checked]


async def _subscribed(api: Api) -> Finding:
    step, mend = "WhatsApp subscription", "Subscribe to the field `messages` (docs/whatsapp.md)."
    try:
        answer = await _asked(api, "GET", f"/{await _account(api)}/subscribed_apps")
    except NotSetUp as error:
        return bad(step, str(error), mend)
    if not answer.get("data"):
        return bad(step, "no app gets the messages of this account", mend)
    return ok(step, "the account tells an app of its messages")


async def _templates(api: Api) -> Finding:
    step = "WhatsApp templates"
    try:
        states = await list_templates(api)
    except NotSetUp as error:
        return bad(step, str(error), "Give the token whatsapp_business_management.")
    missing = [state.language for state in states if state.status != APPROVED]
    if missing:
        says = f"not approved in {', '.join(missing)}"
        return bad(step, says, "Run `hamrah whatsapp templates`; Meta takes up to a day.")
    return ok(step, f"approved in {len(states)} languages")


async def _quality(api: Api) -> Finding:
    try:
        phone = await _asked(api, "GET", f"/{api.phone_id}", params={"fields": PHONE_FIELDS})
    except NotSetUp as error:
        return bad("WhatsApp quality", str(error), "Try again.")
    rating = str(phone.get("quality_rating", "UNKNOWN"))
    if rating in ("YELLOW", "RED"):
        mend = "People have blocked or reported the number: write less, and only to who asked."
        return bad("WhatsApp quality", rating, mend)
    return ok("WhatsApp quality", rating)


async def _account(api: Api) -> str:
    """The business account of our number: Meta tells it only by way of the token."""
    accounts = [
        str(target)
        for scope in (await _about_token(api)).get("granular_scopes", [])
        if scope.get("scope") == MANAGES
        for target in scope.get("target_ids", [])
    ]
    for account in accounts[:MOST]:
        phones = await _asked(api, "GET", f"/{account}/phone_numbers", params={"fields": "id"})
        if any(str(phone.get("id")) == api.phone_id for phone in phones.get("data", [])):
            return account
    raise NotSetUp("the token may not manage an account that has this number")


async def _about_token(api: Api) -> dict[str, Any]:
    """What Meta knows of our token; raises NotSetUp where it is worth nothing."""
    answer = await _asked(api, "GET", "/debug_token", params={"input_token": api.token})
    data: dict[str, Any] = answer.get("data", {})
    if not data.get("is_valid"):
        raise NotSetUp("Meta says that the token is not valid")
    return data


async def _asked(api: Api, method: str, path: str, **arguments: Any) -> dict[str, Any]:
    """A call, or why it did not work: never with the token or a number of a person in it."""
    try:
        return await api.ask(method, path, **arguments)
    except WhatsAppError as error:
        raise NotSetUp(f"Meta refuses with error {error.code}") from None
    except (httpx.HTTPError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise NotSetUp(f"Meta does not answer ({type(error).__name__})") from None
