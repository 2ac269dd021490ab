"""Tokens: the provider's own is taken, and every other one is refused by the rule that it breaks."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.errors import IdentityUnavailableError, TokenRefusedError
from shared.access.roles import Role
from tests.support.identity import (
    ISSUER,
    NOW,
    SUBJECT,
    Published,
    claims,
    ec_key,
    rsa_key,
    signed,
    signed_with_public_key,
    unsigned,
)

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    # A loop of its own: the session's belongs to pytest-asyncio, and hypothesis calls plain functions.
    return asyncio.new_event_loop().run_until_complete(coroutine)


def refusal(token: str, provider: Published | None = None) -> str:
    """The rule by which a token is refused."""
    with pytest.raises(TokenRefusedError) as refused:
        run((provider or Published(rsa_key(), ec_key())).verifier().verify(token))
    return str(refused.value)


@pytest.mark.parametrize("key", [rsa_key(), ec_key()], ids=["RS256", "ES256"])
def test_a_token_of_the_provider_names_its_owner_and_their_areas(key: Any) -> None:
    token = signed(claims(agency="hants-mash", provider="relate"), key)
    principal = run(Published(rsa_key(), ec_key()).verifier().verify(token))
    assert (principal.subject, principal.username, principal.session) == (SUBJECT, "c.okafor", "a-session")
    # The provider's own roles mean nothing here.
    assert principal.roles == {Role.COORDINATOR}
    assert (principal.areas, principal.agency, principal.provider) == ({"E10000014"}, "hants-mash", "relate")
    assert principal.by == f"c.okafor ({SUBJECT})"
    assert "okafor" not in repr(principal)


TEXT = st.text(max_size=30)
NOT_OURS = st.one_of(st.none(), TEXT, st.integers(), st.lists(TEXT, max_size=3)).filter(lambda value: value != ISSUER)
AUDIENCES = st.one_of(
    *(st.none(), st.just([]), st.just(""), TEXT, st.lists(TEXT, max_size=4)),
    *(st.just({"parley": True}), st.just([["parley"]])),
).filter(lambda value: value != "parley" and not (isinstance(value, list) and "parley" in value))


@given(issuer=NOT_OURS)
def test_another_issuer(issuer: Any) -> None:
    assert refusal(signed(claims(iss=issuer))).startswith("iss")


@given(audience=AUDIENCES)
def test_an_audience_that_is_empty_absent_or_somebody_else(audience: Any) -> None:
    assert refusal(signed(claims(aud=audience))).startswith("aud")


@given(seconds=st.integers(30, 10**9))
def test_expired_too_early_or_from_the_future(seconds: int) -> None:
    assert refusal(signed(claims(exp=NOW - seconds))).startswith("exp")
    assert refusal(signed(claims(iat=NOW + seconds + 1))).startswith("iat")
    assert refusal(signed(claims(nbf=NOW + seconds + 1))).startswith("nbf")


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", [None, True, "1790000000", float("inf"), float("nan"), [NOW]])
def test_a_time_that_is_absent_or_none_at_all(name: str, value: Any) -> None:
    assert refusal(signed(claims(**{name: value}))).startswith(name)


@given(
    at=st.integers(0, 10**6),
    letter=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~ é"),
    key=st.sampled_from([rsa_key(), ec_key()]),
)
def test_one_changed_letter_anywhere(at: int, letter: str, key: Any) -> None:
    token = signed(claims(), key)
    # The last letter of a base64 part has bits that mean nothing.
    places = [place for place in range(len(token)) if token[place + 1 : place + 2] not in ("", ".")]
    place = places[at % len(places)]
    if token[place] == letter:
        return
    refusal(token[:place] + letter + token[place + 1 :])


@given(token=st.one_of(st.text(max_size=200), st.from_regex(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,5}")))
def test_anything_that_is_no_token(token: str) -> None:
    refusal(token)


@given(changes=st.fixed_dictionaries({"roles": st.lists(st.sampled_from(list(Role)), max_size=3)}))
def test_no_signature_or_one_that_everybody_can_make(changes: dict[str, Any]) -> None:
    content = claims(**changes)
    for algorithm in ("none", "None", "NONE", "", None, "HS256", "RS512", "EdDSA"):
        assert refusal(unsigned(content, alg=algorithm)).startswith("alg")
    assert refusal(signed_with_public_key(content)).startswith("alg")


def test_a_stranger_s_key_and_a_key_that_the_token_brings_along() -> None:
    stranger = rsa_key("stranger")
    assert "key of the identity provider" in refusal(signed(claims(), stranger))
    assert refusal(signed(claims(), stranger, kid="rsa-1")) == "the token's signature is wrong"
    assert refusal(signed(claims(), stranger, kid="rsa-1", jwk=stranger.as_dict(private=False)))
    assert refusal(signed(claims(), kid="")).startswith("kid")
    # The provider's key for encryption signs nothing.
    assert "key of the identity provider" in refusal(signed(claims(), rsa_key("rsa-enc")))
    # A key answers to its own algorithm alone.
    assert refusal(signed(claims(), ec_key(), kid="rsa-1")) == "the token's algorithm is not that of its key"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"typ": "ID"}, "typ"),
        ({"typ": "Refresh"}, "typ"),
        ({"sub": None}, "sub"),
        ({"sub": ["a"]}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"roles": "coordinator"}, "roles"),
        ({"areas": {"E10000014": True}}, "areas"),
        ({"agency": ["a"]}, "agency"),
        ({"provider": "x" * 256}, "provider"),
    ],
)
def test_other_tokens_of_the_provider_and_claims_of_another_kind(changes: dict[str, Any], rule: str) -> None:
    assert refusal(signed(claims(**changes))).startswith(rule)


def test_no_refusal_holds_anything_of_the_token() -> None:
    secret = "Chidi-Marker"
    for changes in ({"iss": secret}, {"aud": secret}, {"agency": [secret]}, {"roles": secret}, {"typ": secret}):
        assert secret not in refusal(signed(claims(**changes)))


def test_a_new_key_is_found_and_made_up_ids_cost_one_read_in_five_seconds() -> None:
    provider = Published(rsa_key())
    verifier = provider.verifier()

    async def unknown(key: Any) -> bool:
        try:
            await verifier.verify(signed(claims(), key))
        except TokenRefusedError:
            return True
        return False

    async def story() -> None:
        await verifier.verify(signed(claims()))
        assert provider.reads == 1
        await asyncio.gather(*(unknown(rsa_key("stranger")) for _ in range(50)))
        assert provider.reads == 1, "within five seconds of the last read nobody has the keys read again"
        provider.clock = 6
        await asyncio.gather(*(unknown(rsa_key("stranger")) for _ in range(50)))
        assert provider.reads == 2
        provider.keys, provider.clock = [rsa_key("rsa-2")], 12
        await verifier.verify(signed(claims(), rsa_key("rsa-2")))
        assert await unknown(rsa_key()), "the key that was taken away"
        provider.keys, provider.clock = [], 12 + 301
        assert await unknown(rsa_key("rsa-2")), "keys are read again after five minutes, whatever is asked for"

    run(story())


def test_a_provider_that_does_not_answer_is_not_a_bad_token() -> None:
    provider = Published(rsa_key())
    provider.failure = IdentityUnavailableError("The identity provider does not answer: ConnectError.")
    verifier = provider.verifier()

    async def story() -> None:
        for _ in range(3):
            with pytest.raises(IdentityUnavailableError, match="does not answer"):
                await verifier.verify(signed(claims()))
        assert provider.reads == 1
        provider.failure, provider.clock = None, 6
        await verifier.verify(signed(claims()))
        # Known keys go on while it is away.
        provider.failure = IdentityUnavailableError("away")
        await verifier.verify(signed(claims()))

    run(story())
