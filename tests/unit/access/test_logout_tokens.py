"""Logout tokens: one that the provider signed for our own clients counts, and every other is refused by its rule."""

import asyncio
from typing import Any

import pytest

from shared.access.errors import TokenRefusedError
from shared.access.tokens import SignedOut
from tests.support.identity import (
    NOW,
    SUBJECT,
    Published,
    claims,
    ec_key,
    logout_claims,
    rsa_key,
    signed,
    unsigned,
)

CLIENTS = ("parley-pages", "parley-cli")
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def verified(token: str) -> SignedOut:
    return asyncio.run(Published(rsa_key(), ec_key()).verifier().verify_logout(token, CLIENTS))


@pytest.mark.parametrize("audience", ["parley-pages", ["else", "parley-cli"]])
def test_a_logout_token_names_what_has_ended(audience: Any) -> None:
    assert verified(signed(logout_claims(aud=audience), ec_key())) == SignedOut("a-logout", "a-session", SUBJECT)
    assert verified(signed(logout_claims(sid=None))).session is None
    assert verified(signed(logout_claims(sub=None))).subject is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"iss": "https://elsewhere"}, "iss"),
        ({"aud": "parley"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": []}, "aud"),
        ({"aud": [["parley-pages"]]}, "aud"),
        ({"exp": NOW - 40}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": NOW + 40}, "iat"),
        ({"iat": None}, "iat"),
        ({"typ": "Bearer"}, "typ"),
        ({"typ": "ID"}, "typ"),
        ({"nonce": "n"}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"events": None}, "events"),
        ({"events": [EVENT]}, "events"),
        ({"events": {EVENT: True}}, "events"),
        ({"events": {"http://schemas.openid.net/event/else": {}}}, "events"),
        ({"jti": None}, "jti"),
        ({"jti": 7}, "jti"),
        ({"sid": None, "sub": None}, "sid"),
        ({"sid": ["a-session"]}, "sid"),
    ],
)
def test_each_rule_refuses_what_breaks_it(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(TokenRefusedError, match=f"^{rule}"):
        verified(signed(logout_claims(**changes)))


def test_no_other_token_and_no_other_signature_ends_anything() -> None:
    others = (claims(aud=["parley-pages"]), claims(aud="parley-pages", typ="ID", nonce="n"))
    for token in (*map(signed, others), unsigned(logout_claims()), signed(logout_claims(), rsa_key("stranger"))):
        with pytest.raises(TokenRefusedError):
            verified(token)
