"""Key pairs of providers: contact details are encrypted for the public key, and only the provider can open them.

A provider makes its pair itself, and gives the public part. Only in a demonstration, where there is no provider, are
pairs made here.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.secret_store import write_private
from shared.contracts.directory import DirectoryEntry, ProviderRegistered


def private_key_path(home: Home, provider: str) -> Path:
    """The file of a private key that was generated here: a JWK, readable only by its owner."""
    return home.credentials / f"provider.{provider}.jwk"


def with_public_keys(
    home: Home, entries: Sequence[DirectoryEntry], registered: Sequence[DirectoryEntry], *, make: bool
) -> list[DirectoryEntry]:
    """The entries, with the public key of each provider that has one.

    A key in the file takes precedence. Otherwise the pair generated here earlier is kept, or else the registered key
    (whose private part is elsewhere), because a new key would make earlier details unreadable. Otherwise it has none,
    and its referrals wait; or, where `make` says so, a pair is generated.
    """
    known = {entry.id: entry.public_key for entry in registered if isinstance(entry, ProviderRegistered)}
    completed: list[DirectoryEntry] = []
    for entry in entries:
        if isinstance(entry, ProviderRegistered) and entry.public_key is None:
            path = private_key_path(home, entry.id)
            kept = _public_part(path) if path.exists() else known.get(entry.id)
            public = kept or (_make_pair(path) if make else None)
            completed.append(entry.model_copy(update={"public_key": public}))
        else:
            completed.append(entry)
    return completed


def _public_part(path: Path) -> dict[str, Any]:
    try:
        return dict(ECKey.import_key(json.loads(path.read_text(encoding="utf-8"))).as_dict(private=False))
    except (OSError, ValueError, TypeError, JoseError) as error:
        raise ParleyError(
            f"{path} is not a private key as JWK ({type(error).__name__}). Restore it; or remove it to have a new pair "
            "generated, but details encrypted for the old one will be unreadable."
        ) from error


def _make_pair(path: Path) -> dict[str, Any]:
    pair = ECKey.generate_key("P-256", {"use": "enc"}, auto_kid=True)
    write_private(path, json.dumps(pair.as_dict(private=True), indent=1) + "\n")
    return dict(pair.as_dict(private=False))
