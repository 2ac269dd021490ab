"""What a provider is told of updates that changed nothing, on `provider.<provider>.refusals`. Owned by referral."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import CaseEvent, Event, Slug, UtcDatetime
from shared.contracts.dead_letters import FindingMade


class UpdateRefused(CaseEvent):
    """A provider's update that changes nothing, with the reason. Goes to `provider.<provider>.refusals`.

    The words are the same for every kind of stop, so that a provider cannot tell a safety halt from a withdrawal.
    """

    event_name: ClassVar[str] = "update-refused"
    owner: ClassVar[str] = "referral"

    update_id: UUID
    update: str
    reason: Literal[
        "not-this-providers-case",
        "case-stopped",
        "not-in-this-state",
        "person-not-in-this-case",
        "child-takes-no-part",
        "value-not-possible",
    ]
    explanation: str
    # What is wrong with the update itself, where that is the reason: field and rule.
    findings: tuple[FindingMade, ...] = ()


class UpdateSetAside(Event):
    """A provider's record could not be read: which field, which rule. Goes to `provider.<provider>.refusals`.

    `partition` and `offset` say which record of the provider's own topic it is.
    """

    event_name: ClassVar[str] = "update-set-aside"
    owner: ClassVar[str] = "referral"

    provider: Slug
    occurred_at: UtcDatetime
    update_id: UUID | None = None
    partition: int
    offset: int
    findings: tuple[FindingMade, ...]

    def subject(self) -> str:
        """The provider: there may be no case."""
        return self.provider
