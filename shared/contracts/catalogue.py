"""Every message there is: its shape, where it travels, who sends it and who reads it.

The JSON Schemas and the AsyncAPI document are made from this, and a test holds every contract against it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter

from shared.contracts import (
    administration,
    case_record,
    directory,
    families,
    notification,
    outcomes,
    overdue,
    referral,
    refusals,
    screening,
    workforce,
)
from shared.contracts import messages as case_messages
from shared.contracts.audit import AuditAnchored
from shared.contracts.base import Event
from shared.contracts.dead_letters import RecordDeadLettered
from shared.contracts.front_door import Submission
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.front_door_take_back import SubmissionTakenBack
from shared.contracts.provider import provider_update
from shared.contracts.topics import AUDIT_ANCHORS, TopicDefinition
from shared.contracts.topology import Topology

PARAMETERS = {
    "agency": "Id of the front door in the directory",
    "provider": "Id of the provider in the directory",
    "topic": "The topic whose record could not be read",
}


@dataclass(frozen=True)
class Message:
    """A message on an address. `{agency}`, `{provider}` and `{topic}` in the address stand for ids."""

    name: str
    shape: type[BaseModel] | TypeAdapter[Any]
    address: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    ce_type: str | None
    summary: str


def _summary(shape: Any) -> str:
    return (shape.__doc__ or "").strip().splitlines()[0]


def _definitions(topology: Topology) -> dict[str, TopicDefinition]:
    every = (
        *topology.internal_topics(),
        *topology.agency_topics("{agency}"),
        *topology.provider_topics("{provider}"),
    )
    return {definition.name: definition for definition in every}


# Where an event goes that has no topic of its own: to the topic of one front door or one provider.
_ADDRESSES: Mapping[Any, str] = {
    refusals.UpdateRefused: "provider.{provider}.refusals",
    refusals.UpdateSetAside: "provider.{provider}.refusals",
    notification.CaseProgressed: "front-door.{agency}.progress",
    notification.SubmissionSetAside: "front-door.{agency}.progress",
    notification.ReferralOffered: "provider.{provider}.referrals",
    notification.ParentDetailsShared: "provider.{provider}.referrals",
    notification.FamilyChangedShared: "provider.{provider}.referrals",
    notification.ReferralStopped: "provider.{provider}.referrals",
    notification.ChildParticipationShared: "provider.{provider}.referrals",
    notification.FollowUpAsked: "provider.{provider}.referrals",
    notification.PersonErasedShared: "provider.{provider}.referrals",
}


_EVENTS = (
    *(
        screening,
        referral,
        case_record,
        case_messages,
        refusals,
        notification,
        outcomes,
        families,
        workforce,
        administration,
        overdue,
    ),
    directory,
)


def events() -> Iterator[Any]:
    """The class of every event that a service or the directory publishes, in the order of their modules.

    A class that others are derived from is what they have in common, and is no event.
    """
    for module in _EVENTS:
        for each in vars(module).values():
            if not isinstance(each, type) or not issubclass(each, Event | directory.Entry):
                continue
            if each.__module__ == module.__name__ and not each.__subclasses__():
                yield each


def messages(topology: Topology) -> tuple[Message, ...]:
    """Every message between these services and the parties outside, in a stable order."""
    topics = _definitions(topology)
    listed = [
        Message(
            name="screening-submitted",
            shape=Submission,
            address="front-door.{agency}.screenings",
            senders=topics["front-door.{agency}.screenings"].writers,
            receivers=topics["front-door.{agency}.screenings"].readers,
            ce_type=None,
            summary="A front door's screening of one family. CloudEvents headers are welcome and not required.",
        ),
        Message(
            name="submission-taken-back",
            shape=SubmissionTakenBack,
            address="front-door.{agency}.screenings",
            senders=topics["front-door.{agency}.screenings"].writers,
            receivers=topics["front-door.{agency}.screenings"].readers,
            ce_type=None,
            summary="A front door takes back a screening that it filed in error: a record with `takes_back`.",
        ),
        Message(
            name="wrap-around-contact",
            shape=WrapAroundContact,
            address="front-door.{agency}.contacts",
            senders=topics["front-door.{agency}.contacts"].writers,
            receivers=topics["front-door.{agency}.contacts"].readers,
            ce_type=None,
            summary="A wrap-around practitioner spoke with one parent before a session, or learnt of abuse.",
        ),
        Message(
            name="provider-update",
            shape=provider_update,
            address="provider.{provider}.updates",
            senders=topics["provider.{provider}.updates"].writers,
            receivers=topics["provider.{provider}.updates"].readers,
            ce_type=None,
            summary="What a provider says of a case: accepted, contact, assessment, session, measure, closed.",
        ),
    ]
    for shape in events():
        topic = topics[shape.topic or _ADDRESSES[shape]]
        listed.append(
            Message(
                name=shape.event_name,
                shape=shape,
                address=topic.name,
                senders=topic.writers,
                receivers=topic.readers,
                ce_type=shape.ce_type(),
                summary=_summary(shape),
            )
        )
    listed.append(
        Message(
            name=RecordDeadLettered.event_name,
            shape=RecordDeadLettered,
            address="{topic}.dead-letters",
            senders=topology.services,
            receivers=("operator",),
            ce_type=RecordDeadLettered.ce_type(),
            summary=_summary(RecordDeadLettered),
        )
    )
    listed.append(
        Message(
            name=AuditAnchored.event_name,
            shape=AuditAnchored,
            address=AUDIT_ANCHORS,
            senders=topology.services,
            receivers=("operator",),
            ce_type=AuditAnchored.ce_type(),
            summary=_summary(AuditAnchored),
        )
    )
    return tuple(listed)
