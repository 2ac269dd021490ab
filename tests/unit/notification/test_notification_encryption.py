"""Only the provider reads what is encrypted for it."""

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from services.notification.handlers.encryption import ProviderKey, UnusableKeyError, parent_content, provider_key
from tests.support.notification_stories import parent_secrets

ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]


@pytest.mark.parametrize("private", [ECKey.generate_key("P-256"), OKPKey.generate_key("X25519")])
def test_the_provider_opens_it_and_nobody_else_does(private: Any) -> None:
    token = ProviderKey(private.as_dict(private=False)).encrypt(b"secret")
    opened = jwe.decrypt_compact(token, private, algorithms=ALGORITHMS)
    assert opened.plaintext == b"secret"
    assert (opened.protected["alg"], opened.protected["enc"]) == ("ECDH-ES+A256KW", "A256GCM")
    stranger = type(private).generate_key(private.as_dict(private=False)["crv"])
    with pytest.raises(JoseError):
        jwe.decrypt_compact(token, stranger, algorithms=ALGORITHMS)


@pytest.mark.parametrize("private", [ECKey.generate_key("P-256"), OKPKey.generate_key("X25519")])
def test_what_several_threads_encrypt_at_once_opens_all_the_same(private: Any) -> None:
    """The library writes into the header that it is given: shared, one thread's key stood in another's message."""
    key = ProviderKey(private.as_dict(private=False))
    before = dict(key._header)
    contents = [f"secret {number}".encode() for number in range(400)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            tokens = list(threads.map(key.encrypt, contents))
    finally:
        sys.setswitchinterval(interval)
    opened = [jwe.decrypt_compact(token, private, algorithms=ALGORITHMS).plaintext for token in tokens]
    assert opened == contents
    assert key._header == before


def test_it_names_the_key_where_the_key_has_a_name() -> None:
    private = ECKey.generate_key("P-256", {"kid": "2025"})
    token = ProviderKey(private.as_dict(private=False)).encrypt(b"secret")
    assert jwe.decrypt_compact(token, private, algorithms=ALGORITHMS).protected["kid"] == "2025"


def test_a_key_is_read_once_and_each_message_has_its_own_ephemeral_key() -> None:
    private = ECKey.generate_key("P-256")
    key = provider_key(private.as_dict(private=False))
    assert provider_key(dict(reversed(private.as_dict(private=False).items()))) is key
    assert provider_key(ECKey.generate_key("P-256").as_dict(private=False)) is not key
    tokens = [key.encrypt(b"secret") for _ in range(50)]
    opened = [jwe.decrypt_compact(token, private, algorithms=ALGORITHMS) for token in tokens]
    assert {each.plaintext for each in opened} == {b"secret"}
    assert len({each.protected["epk"]["x"] for each in opened}) == len({token.split(".")[1] for token in tokens}) == 50


def test_a_private_key_in_the_directory_is_not_kept() -> None:
    key = ProviderKey(ECKey.generate_key("P-256").as_dict(private=True))
    assert set(key.jwk) <= {"kty", "crv", "x", "y", "kid"}


GOOD = ECKey.generate_key("P-256").as_dict(private=False)


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "oct", "k": "AAAA"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": "P-256", "x": "a", "y": "b"},
        {"kty": "EC", "crv": "P-256", "x": 5, "y": []},
        {"kty": ["EC"], "crv": "P-256"},
        {**GOOD, "y": GOOD["x"]},
        {**GOOD, "kid": ["2025"]},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        ECKey.generate_key("P-384").as_dict(private=False),
        OKPKey.generate_key("Ed25519").as_dict(private=False),
    ],
)
def test_a_key_that_details_cannot_be_encrypted_for_is_refused(jwk: Any) -> None:
    with pytest.raises(UnusableKeyError):
        ProviderKey(jwk)


def test_the_content_is_one_parents_and_only_what_the_contract_names() -> None:
    person = uuid4()
    content = orjson.loads(parent_content(person, {**parent_secrets(0), "conversation": "never", "note": "never"}))
    assert content == {"person_id": str(person), **parent_secrets(0)}
