"""A halt, a withdrawal, a hold and a correction look the same to a provider: in content, number, shape and moment."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.domain.case import Case as KnownCase
from services.notification.domain.case import learn_case_event, learn_screening
from services.notification.domain.offers import Offer, ParentDetails, Provider, decide_provider_records
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Halt, Hold, Withdraw
from services.referral.domain.deciders.consent_commands import WithdrawConsent, decide_consent
from services.referral.domain.deciders.refusals import EXPLANATIONS, UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from shared.contracts.notification import ReferralStopped
from tests.support.referral_families import (
    P1,
    P2,
    assessment,
    catalogue,
    closing,
    context,
    measure,
    new_case,
    screening,
    session,
    update,
)

_ROWS = catalogue()
_PROVIDERS = {name: Provider(name, None, {"kty": "EC"}) for name in ("north", "south")}
_WAY = [
    update("referral-accepted"),
    update("contact-attempted", parent=P1, method="phone", outcome="no-answer"),
    assessment("suitable"),
    session(1),
    update("measure", measure=measure(P2)),
    session(2),
]
_LATER = [*_WAY, session(5), closing(), update("measure", measure=measure(P1, occasion="follow-up-6-months"))]


def _screened(case: Case, decision: str, **changes: Any) -> Progress:
    return decide_screening(case, screening(decision, day=9, number=9, **changes), context(9, rows=_ROWS))


_STOPS: dict[str, Callable[[Case], Progress]] = {
    "a coordinator halts": lambda case: decide_command(case, Halt(source="told-by-a-parent"), context(9, rows=_ROWS)),
    "the provider's own concern": lambda case: decide_update(
        case, "north", update("safety-concern"), context(9, rows=_ROWS)
    ),
    "a screening's sign of abuse": lambda case: _screened(case, "domestic-abuse-pathway"),
    "the family withdraws": lambda case: decide_command(case, Withdraw(), context(9, rows=_ROWS)),
    "one parent withdraws": lambda case: decide_command(case, Withdraw(parent=P2), context(9, rows=_ROWS)),
    "one parent's consent is taken back": lambda case: decide_consent(
        case, WithdrawConsent(parent=P1, purpose="referral"), context(9, rows=_ROWS)
    ),
    "a coordinator holds": lambda case: decide_command(case, Hold(), context(9, rows=_ROWS)),
    "a correction: no longer suitable": lambda case: _screened(case, "not-suitable"),
    "a correction: does not agree": lambda case: _screened(case, "not-ready", reasons=("parent-does-not-agree",)),
}


@dataclass
class Seen:
    """What a provider has got of a case, without ids and times."""

    records: list[str]
    refusals: list[Any]


def _seen(steps: int, stop: Callable[[Case], Progress], later: list[Any]) -> Seen:
    """A provider's view of a case that goes `steps` of the way and is stopped, and that the provider still tells of."""
    first = screening(day=1)
    known = KnownCase(first.case_id)
    details = {
        each.person_id: [ParentDetails(each.person_id, first.submission_id, first.submitted_at, {"name": each.ref})]
        for each in first.parents
    }
    seen = Seen([], [])

    def published(progress: Progress) -> Case:
        # One decision, one transaction: what it makes the notification service say goes out with it.
        for event in progress.events:
            learn_case_event(known, event)
        for record in decide_provider_records(known, _PROVIDERS, details):
            seen.records.append(f"{'offer' if isinstance(record, Offer) else 'stop'} to {record.terms.provider}")
        return progress.case

    learn_screening(known, first)
    case = published(decide_screening(new_case(), first, context(1, rows=_ROWS)))
    for each in _WAY[:steps]:
        case = published(decide_update(case, "north", each, context(2, rows=_ROWS)))
    assert seen.records == ["offer to north"]
    progress = stop(case)
    case = published(progress)
    assert len(progress.events) == 1
    for each in later:
        try:
            case = published(decide_update(case, "north", each, context(10, rows=_ROWS)))
        except UpdateRefusedError as refusal:
            seen.refusals.append((refusal.reason, EXPLANATIONS[refusal.reason]))
    return seen


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(_WAY)), st.lists(st.sampled_from(_LATER), max_size=4))
def test_whatever_stops_a_case_the_provider_sees_the_same_at_the_same_time(steps: int, later: list[Any]) -> None:
    views = {name: _seen(steps, stop, later) for name, stop in _STOPS.items()}
    stopped = ("case-stopped", "Work on this case has stopped. Do not contact the family.")
    expected = Seen(["offer to north", "stop to north"], [stopped] * len(later))
    assert views == dict.fromkeys(_STOPS, expected)


def test_a_stops_record_has_no_field_that_could_differ() -> None:
    assert set(ReferralStopped.model_fields) == {"case_id", "occurred_at", "referral_id", "instruction"}
    with pytest.raises(ValueError, match="instruction"):
        ReferralStopped(case_id=P1, occurred_at=context().now, referral_id=P2, instruction="A parent is at risk.")
