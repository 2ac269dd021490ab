"""Why a provider's update is refused."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.referral.domain.agreement.participation import taken_out
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import Family
from services.referral.domain.deciders.possible import impossible
from shared.contracts.dead_letters import FindingMade
from shared.contracts.provider import (
    CaseClosedByProvider,
    ContactAttempted,
    InitialAssessment,
    MeasureUpdate,
    ProviderUpdate,
    Session,
    SessionScheduled,
)

RefusalReason = Literal[
    "not-this-providers-case",
    "case-stopped",
    "not-in-this-state",
    "person-not-in-this-case",
    "child-takes-no-part",
    "value-not-possible",
]


EXPLANATIONS: dict[RefusalReason, str] = {
    "not-this-providers-case": "There is no referral of this case to you.",
    # The same answer for a halt, a withdrawal and a hold: a provider must not be able to distinguish them.
    "case-stopped": "Work on this case has stopped. Do not contact the family.",
    "not-in-this-state": "What is known of this case does not allow this update.",
    "person-not-in-this-case": "The update names a person who is not part of this case.",
    "child-takes-no-part": "A child whom the update names takes no part. Plan the session without this child.",
    "value-not-possible": "A value in this update cannot be so. Send it again as it is, under an update id of its own.",
}


class UpdateRefusedError(Exception):
    """The update changes nothing. The provider receives the reason, and what is wrong with the update where it is."""

    def __init__(self, reason: RefusalReason, findings: tuple[FindingMade, ...] = ()) -> None:
        super().__init__(EXPLANATIONS[reason])
        self.reason: RefusalReason = reason
        self.findings = findings


def refuse_what_cannot_be_so(case: Case, family: Family, update: ProviderUpdate, latest: datetime | None) -> None:
    """Raises UpdateRefusedError for people who are not of the case, and for values that are not possible."""
    if not _named(update) <= family.people() or not _named_as_parents(update) <= family.parent_ids():
        raise UpdateRefusedError("person-not-in-this-case")
    if isinstance(update, SessionScheduled) and not taken_out(case).isdisjoint(update.expected):
        raise UpdateRefusedError("child-takes-no-part")
    findings = impossible(case, update, latest)
    if findings:
        raise UpdateRefusedError("value-not-possible", findings)


def _named_as_parents(update: ProviderUpdate) -> set[UUID]:
    match update:
        case ContactAttempted():
            return {update.parent}
        case InitialAssessment():
            return set(update.parents_seen)
        case _:
            return set()


def _named(update: ProviderUpdate) -> set[UUID]:
    match update:
        case Session():
            return {entry.person for entry in update.attendance}
        case SessionScheduled():
            return set(update.expected)
        case MeasureUpdate():
            return {update.measure.person}
        case CaseClosedByProvider():
            return {view.person for view in update.views} | {measure.person for measure in update.measures}
        case _:
            return set()
