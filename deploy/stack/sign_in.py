"""Who is signed in at this home, and the tokens that say so, in a file that only its owner may read.

An access token is renewed shortly before it expires. The provider takes each refresh token once, so that two commands
at a time must not use the same: whoever renews holds a lock.
"""

import base64
import binascii
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.openid import Issued, OpenIdProvider, SignedOutError
from deploy.stack.secret_store import write_private
from deploy.stack.terminal import harmless
from shared.access.roles import Role
from shared.people.accounts import REALM

# A token that expires on its way is refused.
_RENEWED_BEFORE_SECONDS = 20.0
_ROLES = {role.value for role in Role}

Connect = Callable[[str], OpenIdProvider]


class SignIn:
    """The sign-in of a home's owner, or of whoever's tokens are in another file of it."""

    def __init__(
        self,
        home: Home,
        connect: Connect | None = None,
        now: Callable[[], float] = time.time,
        *,
        file: Path | None = None,
    ) -> None:
        self._path = file or home.path / "sign-in.json"
        self._connect = connect or (lambda issuer: OpenIdProvider(issuer, ca_file_of(home)))
        self._now = now

    def store(self, issuer: str, issued: Issued) -> None:
        """Stores the tokens of a sign-in, instead of those of the one before."""
        with self._locked():
            self._write(issuer, issued)

    def is_there(self) -> bool:
        """Whether somebody has signed in and not out again."""
        return self._path.exists()

    def access_token(self) -> str | None:
        """A token that is good for some seconds at least; None where nobody is signed in.

        Raises SignedOutError where the session has ended, and `ParleyError` where the provider does not answer.
        """
        found = self._read()
        if found is None:
            return None
        if self._is_good(found[1]):
            return found[1].access_token
        with self._locked():
            # Another command may have renewed it meanwhile.
            found = self._read()
            if found is None:
                return None
            issuer, issued = found
            if not self._is_good(issued):
                if issued.refresh_token is None:
                    raise SignedOutError("Your sign-in has ended. `parley sign-in` starts a new one.")
                with self._connect(issuer) as provider:
                    issued = provider.refresh(issued.refresh_token)
                self._write(issuer, issued)
            return issued.access_token

    def end(self) -> bool:
        """Forgets the tokens and ends the session at the provider. False where nobody is signed in.

        Raises `ParleyError` where the provider could not be told; the tokens are gone from here all the same.
        """
        with self._locked():
            found = self._read()
            self._path.unlink(missing_ok=True)
        if found is None:
            return False
        issuer, issued = found
        if issued.refresh_token is not None:
            with self._connect(issuer) as provider:
                provider.revoke(issued.refresh_token)
        return True

    def _is_good(self, issued: Issued) -> bool:
        return self._now() < issued.expires_at - _RENEWED_BEFORE_SECONDS

    def _read(self) -> tuple[str, Issued] | None:
        try:
            content: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
            issuer = content.pop("issuer")
            return issuer, Issued(**content)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise ParleyError(f"{self._path} can't be read. Remove it, and sign in again.") from error

    def _write(self, issuer: str, issued: Issued) -> None:
        write_private(self._path, json.dumps({"issuer": issuer, **asdict(issued)}))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            descriptor = os.open(self._path.with_name(f".{self._path.stem}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ParleyError(f"{self._path.parent} can't be used: {error.strerror}. Is PARLEY_HOME right?") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def issuer_of(home: Home) -> str:
    """The issuer that people sign in at: `PARLEY_IDENTITY_ISSUER`, else this home's own.

    Raises `ParleyError` where neither is known.
    """
    remembered = home.remembered()
    if issuer := os.environ.get("PARLEY_IDENTITY_ISSUER") or remembered.get("external_identity"):
        return str(issuer).rstrip("/")
    if port := remembered.get("ports", {}).get("entrance"):
        name = remembered.get("entrance_name") or "localhost"
        return f"https://{name}:{port}/identity/realms/{REALM}"
    raise ParleyError(
        f"There is no identity provider in {home.path}. Name one's issuer: PARLEY_IDENTITY_ISSUER=https://…"
    )


def ca_file_of(home: Home) -> Path | None:
    """What the issuer's certificate is checked by: `PARLEY_IDENTITY_CA_FILE`, else this home's own authority.

    None for the system's certificates.
    """
    remembered = home.remembered()
    if named := os.environ.get("PARLEY_IDENTITY_CA_FILE") or remembered.get("external_identity_ca_file"):
        return Path(named)
    ours = not any(remembered.get(name) for name in ("external_identity", "entrance_certificate"))
    elsewhere = os.environ.get("PARLEY_IDENTITY_ISSUER") or not ours
    return home.root_certificate if home.root_certificate.exists() and not elsewhere else None


def claims_of(access_token: str) -> Mapping[str, Any]:
    """What a token of the provider's says, to show it to its owner and choose by it. Nobody has verified it."""
    try:
        body = access_token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return found if isinstance(found, dict) else {}


def roles_in(claims: Mapping[str, Any]) -> list[str]:
    """The roles of ours that a token names, in order."""
    return sorted(_ROLES & set(claims.get("roles", [])))


def described(claims: Mapping[str, Any]) -> str:
    """Who a token says that its owner is, in a sentence to them."""
    name = harmless(str(claims.get("preferred_username") or claims.get("sub") or "somebody"))
    roles = ", ".join(roles_in(claims)) or "no role: whoever administers your area can give you one"
    of = [f"{field} {harmless(str(claims[field]))}" for field in ("agency", "provider") if claims.get(field)]
    areas = ", ".join(harmless(str(area)) for area in claims.get("areas", [])) or "none"
    return f"You are {name}: {roles}. Areas: {areas}.{''.join(f' Your {each}.' for each in of)}"
