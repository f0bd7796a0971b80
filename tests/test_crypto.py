"""Sealed fields open only with the right key, in the right place, unaltered."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import crypto

VAULT = crypto.Vault(index_key=b"i" * 32, wrapping_key=b"w" * 32)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_comes_back(plaintext: bytes, place: str) -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, 7, plaintext, place)
    assert crypto.unseal(key, sealed, place) == plaintext
    assert crypto.key_id_of(sealed) == 7


@given(st.binary(max_size=60), st.data())
def test_one_changed_bit_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    key = crypto.new_key()
    sealed = bytearray(crypto.seal(key, 7, plaintext, "message.body.1"))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(crypto.WrongKey):
        crypto.unseal(key, bytes(sealed), "message.body.1")


def test_a_ciphertext_does_not_open_in_another_row() -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, 7, b"text", "message.body.1")
    with pytest.raises(crypto.WrongKey):
        crypto.unseal(key, sealed, "message.body.2")


@pytest.mark.parametrize("length", range(36))
def test_a_truncated_ciphertext_is_refused(length: int) -> None:
    key = crypto.new_key()
    sealed = crypto.seal(key, 7, b"", "place")
    with pytest.raises(crypto.WrongKey):
        crypto.unseal(key, sealed[:length], "place")


def test_a_wrapped_key_opens_only_for_its_id() -> None:
    key = crypto.new_key()
    assert VAULT.unwrap(VAULT.wrap(key, 3), 3) == key
    with pytest.raises(crypto.WrongKey):
        VAULT.unwrap(VAULT.wrap(key, 3), 4)


def test_lookup_hashes_differ_by_kind_and_value() -> None:
    hashes = {VAULT.hash_for_lookup(kind, value) for kind in ("a", "ab") for value in ("bc", "c")}
    assert len(hashes) == 4


def test_the_vault_never_shows_its_keys() -> None:
    assert "iii" not in repr(VAULT)
    assert "www" not in str(VAULT)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense!", "is not base64"),
        (base64.b64encode(b"short").decode(), "has 5 bytes instead of 32"),
        ("ключ", "is not base64"),
    ],
)
def test_a_bad_secret_key_is_told_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        crypto.parse_secret_key(text)
