"""Invented families, as a provider sees them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from deploy.demo.simulation import Parent
from shared.contracts.notification import ReferralOffered
from shared.contracts.vocabulary import ParentRole

SERVICES = ("mediation", "couple-support", "family-counselling", "parenting-programme")


MakeFamily = Callable[[int], tuple[ReferralOffered, list[Parent]]]


@pytest.fixture(scope="session")
def family() -> MakeFamily:
    """The same number makes the same family, with other ids each time it is asked."""
    return _family


def _parent(number: int, role: ParentRole) -> Parent:
    details = {
        "name": {"given": f"Given{number}", "family": "Example"},
        "date_of_birth": "1990-01-01",
        "contact": {
            "phone": None,
            "email": f"parent.{number}@example.org",
            "address": None,
            "safe_methods": [["phone"], ["text", "email"], ["post"]][number % 3],
            "safe_times": [None, "weekday mornings", "after 18:00"][number % 3],
            "confidential_from_other_parent": False,
        },
    }
    return Parent(uuid4(), role, details)


def _family(number: int) -> tuple[ReferralOffered, list[Parent]]:
    parents = [_parent(2 * number, ParentRole.MOTHER), _parent(2 * number + 1, ParentRole.FATHER)]
    offered = ReferralOffered(
        case_id=uuid4(),
        occurred_at=datetime(2025, 4, 1, tzinfo=UTC),
        referral_id=uuid4(),
        area="E10000014",
        offer="first-offer",
        service=SERVICES[number % len(SERVICES)],
        agreed_at=datetime(2025, 4, 1, 22, 56, tzinfo=UTC) + timedelta(hours=number % 400),
        parents=tuple(each.person_id for each in parents),
        children_ages=(9,),
        children_taking_part=(uuid4(),) if number % 2 else (),
    )
    return offered, parents
