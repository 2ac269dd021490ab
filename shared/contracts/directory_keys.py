"""A provider's public key, as its entry of the directory may have it."""

from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

# RFC 7517, RFC 7518: members of a JWK that only its owner may have.
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


def wrong_key(public_key: dict[str, Any] | None) -> str | None:
    """The error in a provider's public key, or None. A private key must never be published."""
    if public_key is None:
        return None
    if _PRIVATE & public_key.keys():
        return "holds a private key, which only the provider may have; give its public part alone"
    kind = (public_key.get("kty"), public_key.get("crv"))
    try:
        if kind == ("EC", "P-256"):
            _ = ECKey.import_key(public_key).public_key
        elif kind == ("OKP", "X25519"):
            _ = OKPKey.import_key(public_key).public_key
        else:
            return "must be a JWK of kty EC and crv P-256, or kty OKP and crv X25519"
    except (JoseError, ValueError, TypeError) as error:
        return f"is not a usable JWK ({error})"
    return None
