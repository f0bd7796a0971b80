"""Passkeys: staff sign in with their phone, computer or key, and type nothing.

A passkey belongs to one site, so a false page gets nothing from it. What it signs is used up at
once; the key of a person who has left opens nothing.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bot.errors import BadInput, NotFound
from bot.office import staff
from bot.runtime import Runtime
from storage import audit, signin
from storage.database import Tx
from storage.records import Staff, StaffId
from storage.signin import Passkey

CHALLENGE_VALID = timedelta(minutes=5)
MAX_PASSKEYS = 10  # of one person
NAME = "Hamrah"
VERIFIED = UserVerificationRequirement.REQUIRED  # the device asks for a finger, face or PIN


async def list_own(runtime: Runtime, person: Staff) -> list[Passkey]:
    """The passkeys of this person, oldest first."""
    return await runtime.database.read(lambda tx: signin.list_passkeys(tx, person.id))


async def begin_adding(runtime: Runtime, person: Staff, origin: str) -> str:
    """What the browser needs to make a passkey, as JSON."""
    token, now = runtime.token(), runtime.clock()

    def work(tx: Tx) -> tuple[bytes, list[Passkey]]:
        signin.add_challenge(tx, token, person.id, now + CHALLENGE_VALID)
        handle = tx.vault.hash_for_lookup("passkey.person", str(person.id))
        return handle, signin.list_passkeys(tx, person.id)

    handle, known = await runtime.database.write(work)
    options = generate_registration_options(
        rp_id=_site(origin),
        rp_name=NAME,
        user_id=handle,
        user_name=person.name,
        challenge=token.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes.fromhex(key.credential)) for key in known
        ],
    )
    return options_to_json(options)


async def add(runtime: Runtime, person: Staff, origin: str, made: str) -> None:
    """Remember the passkey that the browser has made; raises BadInput for a false one."""
    now = runtime.clock()
    try:
        credential = parse_registration_credential_json(made)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(origin),
            expected_origin=origin,
            require_user_verification=True,
        )
        token = challenge.decode("ascii")
    except (WebAuthnException, ValueError) as error:
        raise BadInput("passkey", "wrong") from error

    def work(tx: Tx) -> bool:
        if not signin.use_challenge(tx, token, person.id, now):
            return False
        if len(signin.list_passkeys(tx, person.id)) >= MAX_PASSKEYS:
            return False
        if signin.find_passkey(tx, verified.credential_id) is not None:
            return False
        signin.add_passkey(
            tx,
            person.id,
            verified.credential_id,
            verified.credential_public_key,
            verified.sign_count,
            now,
        )
        _audit(tx, person.id, "passkey_added", runtime)
        return True

    if not await runtime.database.write(work):
        raise BadInput("passkey", "wrong")


async def remove(runtime: Runtime, person: Staff, passkey_id: int) -> None:
    """Forget one of one's own passkeys; raises NotFound."""

    def work(tx: Tx) -> bool:
        gone = signin.remove_passkey(tx, person.id, passkey_id)
        if gone:
            _audit(tx, person.id, "passkey_removed", runtime)
        return gone

    if not await runtime.database.write(work):
        raise NotFound


async def begin_sign_in(runtime: Runtime, origin: str) -> str:
    """What the browser needs to sign in with any passkey of this site, as JSON."""
    token, now = runtime.token(), runtime.clock()
    await runtime.database.write(
        lambda tx: signin.add_challenge(tx, token, None, now + CHALLENGE_VALID)
    )
    options = generate_authentication_options(
        rp_id=_site(origin), challenge=token.encode(), user_verification=VERIFIED
    )
    return options_to_json(options)


async def sign_in(runtime: Runtime, origin: str, signed: str) -> str:
    """The token of a new session; raises NotFound where anything is wrong."""
    session, now = runtime.token(), runtime.clock()
    try:
        credential = parse_authentication_credential_json(signed)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
        token = challenge.decode("ascii")
    except (WebAuthnException, ValueError) as error:
        raise NotFound from error

    def find(tx: Tx) -> Passkey | None:
        alive = signin.use_challenge(tx, token, None, now)
        return signin.find_passkey(tx, credential.raw_id) if alive else None

    key = await runtime.database.write(find)
    if key is None:
        raise NotFound
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_site(origin),
            expected_origin=origin,
            credential_public_key=bytes.fromhex(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise NotFound from error
    whose, count = key, verified.new_sign_count

    def work(tx: Tx) -> bool:
        return signin.mark_used(tx, whose, count, now) and staff.begin_session(
            tx, whose.staff_id, session, now, "passkey"
        )

    if not await runtime.database.write(work):
        raise NotFound
    return session


def _site(origin: str) -> str:
    return urlsplit(origin).hostname or ""


def _audit(tx: Tx, staff_id: StaffId, action: str, runtime: Runtime) -> None:
    now = runtime.clock()
    audit.append(tx, audit.OFFICE, actor=f"staff:{staff_id}", action=action, now=now, detail="")
