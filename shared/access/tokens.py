"""Verifies access tokens (JWTs) of the identity provider. The first rule that one breaks refuses it, by name.

A library checks the signature; which algorithms, whose token it is, for whom and when it holds is checked here: a claim
that is absent must refuse a token, not be skipped.
"""

import hmac
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from shared.access.errors import TokenRefusedError
from shared.access.principal import Principal
from shared.access.published_keys import PublishedKeys
from shared.access.roles import Role

ALGORITHMS = ("RS256", "ES256")
"""Both have a private half that only the identity provider holds. Neither `none` nor a symmetric one is ever let in."""

BACK_CHANNEL_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
_LEEWAY_S = 30
_LARGEST_TOKEN = 8192
_LONGEST_TEXT = 255
_KNOWN_ROLES = {role.value: role for role in Role}


@dataclass(frozen=True)
class SignedOut:
    """What a logout token says has ended: one session, or all of a person's where it names none."""

    token_id: str
    session: str | None
    subject: str | None


class TokenVerifier:
    """Verifies the tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, keys: PublishedKeys, now: Callable[[], float] = time.time) -> None:
        if not issuer or not audience:
            raise ValueError("an issuer and an audience are needed")
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._now = now

    async def verify(self, token: str) -> Principal:
        """Whose token this is. Raises TokenRefusedError, or IdentityUnavailableError where its key can't be read."""
        claims = await self._signed_claims(token)
        self._check(claims, self._audience)
        # An ID token or a refresh token of the same session is signed by the same issuer, and opens nothing.
        if claims.get("typ", "Bearer") != "Bearer":
            raise TokenRefusedError("typ: the token is not an access token")
        return _principal(claims)

    async def verify_sign_in(self, token: str, client: str, nonce: str) -> str:
        """The subject of an ID token, which must be for this client and of the sign-in with this nonce.

        Raises as `verify` does.
        """
        claims = await self._signed_claims(token)
        self._check(claims, client)
        if claims.get("typ", "ID") != "ID":
            raise TokenRefusedError("typ: the token is not an ID token")
        if claims.get("azp", client) != client:
            raise TokenRefusedError("azp: the token was made for another client")
        claimed = claims.get("nonce")
        if not isinstance(claimed, str) or not hmac.compare_digest(claimed.encode(), nonce.encode()):
            raise TokenRefusedError("nonce: the token is of another sign-in")
        subject = _text(claims, "sub")
        if subject is None:
            raise TokenRefusedError("sub: the token is nobody's")
        return subject

    async def verify_logout(self, token: str, clients: Collection[str]) -> SignedOut:
        """What a logout token ends, which must be for one of these clients (OpenID Connect Back-Channel Logout, 2.6).

        Raises as `verify` does.
        """
        claims = await self._signed_claims(token)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        self._check(claims, next((each for each in clients if each in audiences), next(iter(clients))))
        if claims.get("typ", "Logout") != "Logout":
            raise TokenRefusedError("typ: the token is not a logout token")
        # An ID token has one, and must not be taken for a logout token.
        if "nonce" in claims:
            raise TokenRefusedError("nonce: a logout token has none")
        events = claims.get("events")
        if not isinstance(events, dict) or not isinstance(events.get(BACK_CHANNEL_LOGOUT), dict):
            raise TokenRefusedError("events: the token does not say that somebody was signed out")
        token_id, session, subject = _text(claims, "jti"), _text(claims, "sid"), _text(claims, "sub")
        if token_id is None:
            raise TokenRefusedError("jti: the token has no id, so it could be used again")
        if session is None and subject is None:
            raise TokenRefusedError("sid: the token names neither a session nor a person")
        return SignedOut(token_id, session, subject)

    async def _signed_claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token whose signature is the issuer's; nothing of them is checked yet."""
        if len(token) > _LARGEST_TOKEN:
            raise TokenRefusedError(f"a token has at most {_LARGEST_TOKEN} characters")
        algorithm, key_id = _header_of(token)
        key = await self._keys.find(key_id)
        if key is None:
            raise TokenRefusedError("the token is not signed with a key of the identity provider")
        if (algorithm == "ES256") is not isinstance(key, ECKey):
            raise TokenRefusedError("the token's algorithm is not that of its key")
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm]).claims
        except BadSignatureError:
            raise TokenRefusedError("the token's signature is wrong") from None
        except (JoseError, ValueError, TypeError):
            raise TokenRefusedError("the token can't be read") from None
        return claims

    def _check(self, claims: Mapping[str, Any], wanted: str) -> None:
        if claims.get("iss") != self._issuer:
            raise TokenRefusedError("iss: the token is of another issuer")
        audience = claims.get("aud")
        audiences = [audience] if isinstance(audience, str) else audience
        if not isinstance(audiences, list) or not audiences or not all(isinstance(each, str) for each in audiences):
            raise TokenRefusedError("aud: the token is for nobody")
        if wanted not in audiences:
            raise TokenRefusedError("aud: the token is for somebody else")
        now = self._now()
        if _time(claims, "exp") <= now - _LEEWAY_S:
            raise TokenRefusedError("exp: the token has expired")
        if _time(claims, "iat") > now + _LEEWAY_S:
            raise TokenRefusedError("iat: the token is from the future; the clocks differ")
        if "nbf" in claims and _time(claims, "nbf") > now + _LEEWAY_S:
            raise TokenRefusedError("nbf: the token does not hold yet")


def _header_of(token: str) -> tuple[str, str]:
    """The algorithm, which is one of ours, and the key's id, of a token that nobody has verified yet."""
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenRefusedError("the token can't be read") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise TokenRefusedError(f"alg: must be one of {', '.join(ALGORITHMS)}")
    if not isinstance(key_id, str) or not key_id or len(key_id) > _LONGEST_TEXT:
        raise TokenRefusedError("kid: the token names no key")
    return algorithm, key_id


def _time(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TokenRefusedError(f"{name}: the token has no time of this name")
    return float(value)


def _principal(claims: Mapping[str, Any]) -> Principal:
    subject = _text(claims, "sub")
    if subject is None:
        raise TokenRefusedError("sub: the token is nobody's")
    issued_at = _time(claims, "iat")
    try:
        issued = datetime.fromtimestamp(issued_at, UTC)
    except (OverflowError, OSError, ValueError):
        raise TokenRefusedError("iat: the token has no time of this name") from None
    return Principal(
        subject=subject,
        username=_text(claims, "preferred_username") or subject,
        # The identity provider has roles of its own, which mean nothing here.
        roles=frozenset(_KNOWN_ROLES[name] for name in _texts(claims, "roles") if name in _KNOWN_ROLES),
        areas=frozenset(_texts(claims, "areas")),
        agency=_text(claims, "agency"),
        provider=_text(claims, "provider"),
        issued_at=issued,
        session=_text(claims, "sid"),
        name=_spoken(claims, "name"),
        email=_spoken(claims, "email"),
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """A claim that is a text; None where it is absent or empty."""
    value = claims.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise TokenRefusedError(f"{name}: must be a text of at most {_LONGEST_TEXT} characters")
    return value


def _spoken(claims: Mapping[str, Any], name: str) -> str:
    """A claim that decides nothing: empty where it is absent or no plain text, which refuses nobody."""
    try:
        return _text(claims, name) or ""
    except TokenRefusedError:
        return ""


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TokenRefusedError(f"{name}: must be a list of texts")
    return value
