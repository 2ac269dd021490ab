"""A referral of a case to one provider, and a place on an offer's waiting list."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple
from uuid import UUID

from services.referral.domain.case.family import Offered

AgreedBy = Literal["area-setting", "coordinator", "panel"]


class ReferralStatus(StrEnum):
    """Whether the provider has the family."""

    OUT = "out"
    DECLINED = "declined"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Referral:
    """One referral of the case to one provider, and whether it was we who stopped the provider.

    `follows` is the referral of this case before it, and `ended_because` a code of what became of this one: together,
    the way by which the family came to a provider. `offered` is None where it is older than that this was kept.
    """

    referral_id: UUID
    number: int
    offer: str
    provider: str
    service: str
    agreed_by: AgreedBy
    agreed_at: datetime
    status: ReferralStatus = ReferralStatus.OUT
    stopped: bool = False
    follows: UUID | None = None
    ended_because: str | None = None
    offered: Offered | None = None


class Listing(NamedTuple):
    """A case's place on an offer's waiting list.

    Places go by `ticket`. `position` is the one that was reported last. `accepted` are the reasons against the offer
    that a person knew and chose it all the same.
    """

    offer: str
    ticket: int
    since: datetime
    agreed_by: AgreedBy
    accepted: tuple[str, ...]
    position: int
