"""The services of the stack: one operating-system process each, as their manifests say."""

from typing import Any

from services import MANIFESTS

SERVICES: tuple[tuple[str, str], ...] = tuple((manifest.name, manifest.module) for manifest in MANIFESTS)
SERVICE_NAMES = tuple(manifest.name for manifest in MANIFESTS)
SERVICE_GROUPS = tuple(f"{name}." for name in SERVICE_NAMES)
"""How the services' consumer groups begin."""
OPENING_RECORDS = tuple(manifest.name for manifest in MANIFESTS if manifest.opens_records)
WITH_CHANGELOG = tuple(manifest.name for manifest in MANIFESTS if manifest.changelog)
WITHOUT_CHANGELOG = tuple(manifest.name for manifest in MANIFESTS if not manifest.changelog)

KEYRING_DATABASE = "keyring"
"""Every service may enter it. Row-level security, made from the manifests, says which keys each of them may see."""


def navigation() -> list[dict[str, Any]]:
    """The entries of all pages' navigation, in the services' order, with their paths at the entrance."""
    return [
        {"text": place.text, "href": f"/{manifest.name}{place.path}", "roles": list(place.roles)}
        for manifest in MANIFESTS
        for place in manifest.places
    ]
