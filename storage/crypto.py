"""Encryption at rest: sealed fields, wrapped keys, and hashes to look things up by.

Three layers, so that erasing a person is destroying one small key:

    SECRET_KEY (from the environment) wraps the keyring (two random keys in the database)
    the keyring's wrapping key wraps a data key per worker, case, address and office
    a data key seals that owner's fields and files

The keyring's index key makes look-up hashes: a phone number is found without being stored in the
clear. Everything is AES-256-GCM; what a ciphertext belongs to (table, column, row) is bound to it
as associated data, so a ciphertext that is copied to another row does not open there.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT_VERSION = 1
HEADER = struct.Struct(">BQ")  # format version, id of the key that sealed it


class WrongKey(Exception):
    """This key does not open that ciphertext."""


class KeyDestroyed(Exception):
    """The data key is gone: what it sealed has been erased for good."""


@dataclass(frozen=True)
class Vault:
    """The opened keyring of one database; lives in memory only."""

    index_key: bytes
    wrapping_key: bytes

    def __repr__(self) -> str:
        return "Vault(...)"  # keys must never reach a log through a repr

    def hash_for_lookup(self, kind: str, value: str) -> bytes:
        """A keyed hash (32 bytes) of a value, the same for the same kind and value."""
        # kind has no NUL, so no (kind, value) pair can be read as another one
        message = kind.encode() + b"\0" + value.encode(errors="surrogatepass")
        return hmac.digest(self.index_key, message, "sha256")

    def wrap(self, data_key: bytes, key_id: int) -> bytes:
        """A data key, sealed so that only this vault opens it."""
        return seal(self.wrapping_key, 0, data_key, f"data_key.ciphertext.{key_id}")

    def unwrap(self, ciphertext: bytes, key_id: int) -> bytes:
        """The data key inside; raises WrongKey where another vault or row made it."""
        return unseal(self.wrapping_key, ciphertext, f"data_key.ciphertext.{key_id}")


def new_key() -> bytes:
    """A random 256-bit key."""
    return os.urandom(KEY_BYTES)


def parse_secret_key(text: str) -> bytes:
    """The 32 bytes of a base64 SECRET_KEY; raises ValueError with the reason."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def seal(key: bytes, key_id: int, plaintext: bytes, bound_to: str) -> bytes:
    """Encrypt, remembering which key did it and where the ciphertext may stand."""
    header = HEADER.pack(FORMAT_VERSION, key_id)
    nonce = os.urandom(NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + bound_to.encode())


def unseal(key: bytes, ciphertext: bytes, bound_to: str) -> bytes:
    """Decrypt; raises WrongKey where the key, the place or a single bit differs."""
    header = ciphertext[: HEADER.size]
    nonce = ciphertext[HEADER.size : HEADER.size + NONCE_BYTES]
    body = ciphertext[HEADER.size + NONCE_BYTES :]
    if len(nonce) < NONCE_BYTES or header[0] != FORMAT_VERSION:
        raise WrongKey(bound_to)
    try:
        return AESGCM(key).decrypt(nonce, body, header + bound_to.encode())
    except InvalidTag:
        raise WrongKey(bound_to) from None


def key_id_of(ciphertext: bytes) -> int:
    """The id of the key that sealed this."""
    return int(HEADER.unpack(ciphertext[: HEADER.size])[1])


def hash_token(token: str) -> bytes:
    """The hash under which a random sign-in token is kept; the token itself is not."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
