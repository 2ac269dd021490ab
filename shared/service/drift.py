"""Holds what a service subscribes to against its manifest, from which its rights in Kafka are made."""

import re
from collections.abc import Sequence
from typing import Any

from shared.contracts.manifest import Manifest, ManifestError
from shared.contracts.topics import DIRECTORY, SHARED_TOPICS, example_of
from shared.messaging.consuming.subscription import Subscription


def check_subscriptions(manifest: Manifest, subscriptions: Sequence[Subscription[Any]]) -> None:
    """Raises ManifestError where the two differ, either way, or where the directory's consumer group has another name.

    A topic that the manifest does not name would be refused by the broker; one that nobody subscribes to would be
    opened for nothing.
    """
    subscribed: set[str] = set()
    for each in subscriptions:
        topics = _matched(manifest, each.pattern) if each.pattern is not None else set(each.topics)
        if DIRECTORY.name in topics and each.name != DIRECTORY.name:
            # `parley directory apply` waits for this group of each service that reads the directory.
            raise ManifestError(manifest.name, "reads", f"{DIRECTORY.name} must be read as subscription of that name")
        subscribed |= topics
    if more := sorted(subscribed - set(manifest.reads)):
        raise ManifestError(manifest.name, "reads", f"app.py subscribes to {', '.join(more)}, not named here")
    if fewer := sorted(set(manifest.reads) - subscribed):
        raise ManifestError(manifest.name, "reads", f"app.py does not subscribe to {', '.join(fewer)}")


def _matched(manifest: Manifest, pattern: str) -> set[str]:
    """The topics and templates that a pattern covers, of the manifest's and of all for parties outside."""
    known = {*manifest.reads, *(topic.name for topic in SHARED_TOPICS)}
    found = {topic for topic in known if re.match(pattern, example_of(topic))}
    if not found:
        raise ManifestError(manifest.name, "reads", f"no topic matches the pattern {pattern} in app.py")
    return found
