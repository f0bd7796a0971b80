"""A password with a code of an authenticator app: how staff sign in where a passkey is no way.

The password is kept as its argon2id hash, the app's secret beside it, both sealed. Wrong name,
password or code look the same, take the same time, and are limited: a few at once, then one in
some minutes, for each name and for all names together.
"""

import asyncio
import os
import unicodedata
from datetime import datetime, timedelta

import pyotp
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from bot.errors import BadInput, NotFound, TooManyTries
from bot.office import staff
from bot.runtime import Runtime
from storage import audit, pace, signin
from storage.database import Tx
from storage.records import Staff

MIN_PASSWORD = 12  # characters
MAX_PASSWORD = 200
# RFC 9106 section 4, the second recommended option: 64 MiB, three passes, four lanes
LANES, PASSES, MEMORY_KIB = 4, 3, 64 * 1024
STEP_SECONDS = 30  # of a code
TRIES_OF_A_NAME = pace.Rate(per_second=1 / 300, burst=5)
TRIES_OF_ALL = pace.Rate(per_second=1 / 2, burst=10)  # each takes 64 MiB
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43


async def begin(runtime: Runtime, person: Staff, password: str) -> str:
    """Choose a password; returns the address of its secret, for an authenticator app.

    It opens nothing before `confirm`. Raises BadInput for a short or a too long one.
    """
    password = unicodedata.normalize("NFKC", password)
    if len(password) < MIN_PASSWORD:
        raise BadInput("password", "short")
    if len(password) > MAX_PASSWORD:
        raise BadInput("password", "long")
    hashed = await asyncio.to_thread(_hash, password)
    secret, now = pyotp.random_base32(), runtime.clock()

    def work(tx: Tx) -> None:
        signin.set_password(tx, person.id, hashed, secret, now)
        _audit(tx, person, "password_set", now)

    await runtime.database.write(work)
    return _address(secret, person)


async def is_set(runtime: Runtime, person: Staff) -> bool:
    """Whether this person can sign in with a password."""
    known = await runtime.database.read(lambda tx: signin.get_password(tx, person.id))
    return known is not None and known.confirmed


async def pending(runtime: Runtime, person: Staff) -> str:
    """The address of a secret that has not been confirmed yet; "" where there is none."""
    known = await runtime.database.read(lambda tx: signin.get_password(tx, person.id))
    return "" if known is None or known.confirmed else _address(known.totp, person)


def secret_of(address: str) -> str:
    """The key inside the address of a secret, to be typed where scanning is no way."""
    return pyotp.parse_uri(address).secret if address else ""


async def confirm(runtime: Runtime, person: Staff, code: str) -> None:
    """Show that the app is set up by its first code; raises BadInput for a wrong one."""
    now = runtime.clock()

    def work(tx: Tx) -> bool:
        if pace.take_slot(tx, f"sign-in:code:{person.id}", TRIES_OF_A_NAME, now) is not None:
            raise TooManyTries
        known = signin.get_password(tx, person.id)
        step = None if known is None else _step(known.totp, code, now)
        if known is None or step is None or not signin.use_step(tx, person.id, known.hash, step):
            return False
        _audit(tx, person, "password_confirmed", now)
        return True

    if not await runtime.database.write(work):
        raise BadInput("code", "wrong")


async def sign_in(runtime: Runtime, name: str, password: str, code: str) -> str:
    """The token of a new session; raises NotFound where anything is wrong, TooManyTries."""
    now, session = runtime.clock(), runtime.token()
    await _take_a_try(runtime, name, now)
    try:
        person = await staff.find(runtime, name)
    except NotFound:
        person = None
    known = None
    if person is not None and not person.disabled:
        whose = person.id
        known = await runtime.database.read(lambda tx: signin.get_password(tx, whose))
    password = unicodedata.normalize("NFKC", password[:MAX_PASSWORD])
    # also for nobody: who is known here is not told by the time that it takes
    fits = await asyncio.to_thread(_fits, NOBODY if known is None else known.hash, password)
    if person is None or known is None or not known.confirmed or not fits:
        raise NotFound
    step = _step(known.totp, code, now)
    if step is None:
        raise NotFound
    found, hashed, used = person, known.hash, step

    def work(tx: Tx) -> bool:
        if not signin.use_step(tx, found.id, hashed, used):
            return False
        return staff.begin_session(tx, found.id, session, now, "password")

    if not await runtime.database.write(work):
        raise NotFound
    return session


async def _take_a_try(runtime: Runtime, name: str, now: datetime) -> None:
    folded = " ".join(name.split()).casefold()

    def work(tx: Tx) -> timedelta | None:
        whose = tx.vault.hash_for_lookup("sign-in", folded).hex()
        wait = pace.take_slot(tx, f"sign-in:{whose}", TRIES_OF_A_NAME, now)
        return wait or pace.take_slot(tx, "sign-in", TRIES_OF_ALL, now)

    if await runtime.database.write(work) is not None:
        raise TooManyTries


def _step(secret: str, code: str, now: datetime) -> int | None:
    """The half minute of this code: now, the one before or the one after (clocks differ)."""
    code = "".join(code.split())
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    for step in (current, current - 1, current + 1):
        if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
            return step
    return None


def _address(secret: str, person: Staff) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=person.name, issuer_name="Hamrah")


def _hash(password: str) -> str:
    kdf = Argon2id(
        salt=os.urandom(16), length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB
    )
    return kdf.derive_phc_encoded(password.encode(errors="surrogatepass"))


def _fits(hashed: str, password: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(errors="surrogatepass"), hashed)
    except InvalidKey:
        return False
    return True


def _audit(tx: Tx, person: Staff, action: str, now: datetime) -> None:
    audit.append(tx, audit.OFFICE, actor=f"staff:{person.id}", action=action, now=now, detail="")
