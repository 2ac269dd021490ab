"""Which service a family can have, after `refer`. Source: the Hampshire referral page.

The rules are rows, not code for each service: a service more is a row more.
"""

from dataclasses import dataclass

from shared.contracts.front_door import Submission, age_on, day_of
from shared.contracts.vocabulary import Relationship, Service

_APART = frozenset({Relationship.SEPARATED, Relationship.SEPARATING})
_TOGETHER = frozenset({Relationship.TOGETHER})


@dataclass(frozen=True)
class ServiceRule:
    """Who a service is for. The order of the rows is the order of preference where nothing was requested."""

    service: Service
    relationships: frozenset[Relationship]
    needs_every_parental_responsibility: bool = False
    needs_children_to_take_part: bool = False


RULES = (
    ServiceRule(Service.MEDIATION, _APART, needs_every_parental_responsibility=True),
    ServiceRule(Service.FAMILY_COUNSELLING, _APART | _TOGETHER, needs_children_to_take_part=True),
    # Couple support is for couples with a young child, or who prefer to come without the children; for the others it
    # comes after family counselling.
    ServiceRule(Service.COUPLE_SUPPORT, _TOGETHER),
)


@dataclass(frozen=True)
class Choice:
    """The services that a family is eligible for, in order of preference, and the one chosen."""

    eligible: tuple[Service, ...]
    chosen: Service


def choose_service(submission: Submission, young_child_age: int) -> Choice:
    """The requested service if it is eligible, else the first eligible one, else it is for the coordinator.

    Each of these services works with both parents: for one parent alone a coordinator finds what is offered to one.
    """
    if submission.other_parent is not None:
        return Choice((), Service.COORDINATOR_DECIDES)
    day = day_of(submission.submitted_at)
    born = [child.date_of_birth for child in submission.children if child.date_of_birth]
    young = any(age_on(each, day) < young_child_age for each in born)
    children_can_come = not young and not submission.prefers_without_children
    responsible = all(parent.parental_responsibility for parent in submission.parents)
    eligible = tuple(
        rule.service
        for rule in RULES
        if submission.relationship in rule.relationships
        and (responsible or not rule.needs_every_parental_responsibility)
        and (children_can_come or not rule.needs_children_to_take_part)
    )
    if submission.requested_service in eligible:
        return Choice(eligible, submission.requested_service)
    return Choice(eligible, eligible[0] if eligible else Service.COORDINATOR_DECIDES)
