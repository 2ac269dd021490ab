"""Every topic: who writes it, who reads it, how long it keeps. Derived from the services' manifests.

Topics and ACLs are made from this, so the broker refuses whatever no manifest names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from shared.contracts.manifest import Manifest, ManifestError
from shared.contracts.topics import (
    AUDIT_ANCHORS,
    DIRECTORY,
    FRONT_DOOR_TOPICS,
    LARGEST_MESSAGE,
    PROVIDER_TOPICS,
    SHARED_TOPICS,
    TopicDefinition,
    changelog_topic,
    dead_letter_topic,
)

_PARTITIONS = 4
# A changelog holds whole rows, and a dead letter among them a message of the largest size, sealed and as text.
_LARGEST_IMAGE = 4 * LARGEST_MESSAGE
_SHARED: Mapping[str, TopicDefinition] = {topic.name: topic for topic in SHARED_TOPICS}
_INTERNAL_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Readers that were added after the others are listed after them, so that the published document only grows.
_LATER_READER: Mapping[str, str] = {
    "screening-taken-back": "outcomes",
    "submission-refused": "referral",
    **dict.fromkeys(("case-closed", "case-reopened", "referral-agreed", "family-changed"), "screening"),
}


class Topology:
    """The topics of these services together. Raises ManifestError where the manifests contradict each other."""

    def __init__(self, manifests: Sequence[Manifest]) -> None:
        self.manifests = tuple(manifests)
        self.services = tuple(manifest.name for manifest in manifests)
        self._writers = _services_by_topic((manifest.name, manifest.writes) for manifest in manifests)
        self._takers = _services_by_topic((manifest.name, manifest.takes) for manifest in manifests)
        self._readers = _services_by_topic((manifest.name, manifest.reads) for manifest in manifests)
        for topic, readers in self._readers.items():
            readers.sort(key=_LATER_READER.get(topic, "").__eq__)
        self._check()

    def internal_topics(self) -> tuple[TopicDefinition, ...]:
        """The topics between the services, the directory, the analysts' stream, and what the audits are anchored to."""
        names = dict.fromkeys((DIRECTORY.name, *(topic for topic in self._writers if "{" not in topic)))
        anchors = TopicDefinition(AUDIT_ANCHORS, 1, self.services, ("operator",))
        return (*(definition for name in names for definition in self._define(name)), anchors)

    def changelog_topics(self) -> tuple[TopicDefinition, ...]:
        """Each service's own rows: nobody's contract, and read by nobody but who rebuilds a database."""
        return tuple(
            TopicDefinition(
                changelog_topic(manifest.name),
                1,
                (manifest.name,),
                ("operator",),
                cleanup="compact",
                in_transactions=True,
                largest_bytes=_LARGEST_IMAGE,
            )
            for manifest in self.manifests
            if manifest.changelog
        )

    def agency_topics(self, agency: str) -> tuple[TopicDefinition, ...]:
        """The topics of one front door. Nobody but the agency, and a service that takes its records over HTTP, writes
        them; nobody but the agency reads its progress.
        """
        return self._of_party(FRONT_DOOR_TOPICS, "{agency}", agency)

    def provider_topics(self, provider: str) -> tuple[TopicDefinition, ...]:
        """The topics of one provider."""
        return self._of_party(PROVIDER_TOPICS, "{provider}", provider)

    def readers_of(self, topic: str) -> tuple[str, ...]:
        """The services that read a topic, or the topics of a template."""
        return tuple(self._readers.get(topic, ()))

    def _of_party(
        self, templates: Iterable[TopicDefinition], placeholder: str, party: str
    ) -> tuple[TopicDefinition, ...]:
        def fill(text: str) -> str:
            return text.replace(placeholder, party)

        return tuple(
            replace(
                definition,
                name=fill(definition.name),
                writers=tuple(map(fill, definition.writers)),
                readers=tuple(map(fill, definition.readers)),
            )
            for template in templates
            for definition in self._define(template.name)
        )

    def _define(self, name: str) -> Iterator[TopicDefinition]:
        # The operator also reads every topic between services.
        part = _SHARED.get(name) or TopicDefinition(name, _PARTITIONS, (), ("operator",))
        writers, readers = self._writers.get(name, ()), self._readers.get(name, ())
        # Listed after the party: what it hands in over HTTP is its own record.
        takers = self._takers.get(name, ())
        yield replace(part, writers=(*writers, *part.writers, *takers), readers=(*readers, *part.readers))
        if readers:
            # A reader writes what it could not read to the topic's dead letters; only the operator reads them.
            yield TopicDefinition(dead_letter_topic(name), 1, tuple(readers), ("operator",))

    def _check(self) -> None:
        ports: dict[int, str] = {}
        for manifest in self.manifests:
            if self.services.count(manifest.name) > 1:
                raise ManifestError(manifest.name, "name", "is listed twice")
            if (other := ports.setdefault(manifest.port, manifest.name)) != manifest.name:
                raise ManifestError(manifest.name, "port", f"{manifest.port} is the port of {other}")
            for topic in manifest.writes:
                self._check_written(manifest.name, topic)
            for topic in manifest.reads:
                if not self._writers.get(topic) and not (topic in _SHARED and _SHARED[topic].writers):
                    raise ManifestError(manifest.name, "reads", f"nobody writes {topic}")

    def _check_written(self, service: str, topic: str) -> None:
        if topic not in _SHARED and not _INTERNAL_NAME.fullmatch(topic):
            raise ManifestError(
                service,
                "writes",
                f"{topic} is neither a topic of a party outside nor a name for a topic between services",
            )
        # The directory has one service beside the operator: what areas change in pages, and what a file registers.
        outside = _SHARED[topic].writers if topic in _SHARED and topic != DIRECTORY.name else ()
        others = [*self._writers[topic], *outside]
        others.remove(service)
        if others:
            raise ManifestError(service, "writes", f"{topic} already has a writer, {others[0]}")


def _services_by_topic(named: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    services: dict[str, list[str]] = {}
    for service, topics in named:
        for topic in topics:
            services.setdefault(topic, []).append(service)
    return services
