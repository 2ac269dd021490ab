"""Checks what a service does against its manifest, from which rights are made: its subscriptions, and its requests."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.routing import BaseRoute, Route

from shared.access.requests import OF_EVERY_PAGE
from shared.access.table import TABLE
from shared.contracts.manifest import Manifest, ManifestError
from shared.contracts.topics import DIRECTORY, SHARED_TOPICS, example_of
from shared.messaging.consuming.subscription import Subscription


def check_subscriptions(manifest: Manifest, subscriptions: Sequence[Subscription[Any]]) -> None:
    """Raises ManifestError where the two differ, or where the directory's consumer group has another name.

    The broker would refuse a topic that the manifest does not name. A topic that the manifest names and nobody
    subscribes to would be a right without a use.
    """
    subscribed: set[str] = set()
    for each in subscriptions:
        topics = _matched(manifest, each.pattern) if each.pattern is not None else set(each.topics)
        if DIRECTORY.name in topics and each.name != DIRECTORY.name:
            # `parley directory apply` waits for this group of each service that reads the directory.
            raise ManifestError(manifest.name, "reads", f"the subscription to {DIRECTORY.name} must have its name")
        subscribed |= topics
    if more := sorted(subscribed - set(manifest.reads)):
        raise ManifestError(manifest.name, "reads", f"does not name {', '.join(more)}, to which app.py subscribes")
    if fewer := sorted(set(manifest.reads) - subscribed):
        raise ManifestError(manifest.name, "reads", f"names {', '.join(fewer)}, to which app.py does not subscribe")


def check_requests(manifest: Manifest, routes: Iterable[BaseRoute]) -> None:
    """Raises ManifestError where the routes and the manifest's requests differ, or an action is not in the table.

    A request that the manifest does not name would be refused to everybody; one without a route would be a right
    without a use.
    """
    served = requests_of(routes) - OF_EVERY_PAGE
    known = {*manifest.requests, *manifest.by_link, *manifest.by_signature, *manifest.open_pages}
    if more := sorted(served - known):
        raise ManifestError(manifest.name, "requests", f"does not name {', '.join(more)}, which app.py serves")
    if fewer := sorted(known - served):
        raise ManifestError(manifest.name, "requests", f"names {', '.join(fewer)}, which app.py does not serve")
    if unknown := sorted(set(manifest.requests.values()) - set(TABLE)):
        raise ManifestError(manifest.name, "requests", f"{unknown[0]} is no action in the table of access")


def requests_of(routes: Iterable[BaseRoute]) -> set[str]:
    """The requests that these routes answer, as `GET /path`."""
    return {
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or {"GET"}) - {"HEAD"}
    }


def _matched(manifest: Manifest, pattern: str) -> set[str]:
    """The topics and templates that a pattern covers, of the manifest's and of all for parties outside."""
    known = {*manifest.reads, *(topic.name for topic in SHARED_TOPICS)}
    found = {topic for topic in known if re.match(pattern, example_of(topic))}
    if not found:
        raise ManifestError(manifest.name, "reads", f"no topic matches the pattern {pattern} in app.py")
    return found
