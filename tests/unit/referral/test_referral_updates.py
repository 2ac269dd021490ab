"""What a provider's update does to its case, and why one is refused."""

import pytest

from services.referral.domain.case.case import Case
from services.referral.domain.case.family import Family
from services.referral.domain.case.history import ConsentWithdrawn
from services.referral.domain.case.states import State, WaitingReason
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Agree, Hold, Resume, Withdraw
from services.referral.domain.deciders.refusals import EXPLANATIONS, UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from shared.contracts.referral import ViewGiven
from tests.support.referral_families import (
    C1,
    P1,
    P2,
    STRANGER,
    assessment,
    catalogue,
    closing,
    context,
    measure,
    new_case,
    offer,
    screening,
    session,
    taken_back,
    update,
)

ACCEPTED = update("referral-accepted")
CONTACT = update("contact-attempted", parent=P1, method="phone", outcome="reached")
CONCERN = update("safety-concern")


def names(events):
    return [event.event_name for event in events]


def offered(rows=None) -> Case:
    return decide_screening(new_case(), screening(), context(rows=rows or catalogue())).case


def published(case, *updates, provider="north", rows=None, views=()):
    progress = None
    for each in updates:
        progress = decide_update(case, provider, each, context(rows=rows or catalogue()), views)
        case = progress.case
    return progress


def refused(case, each, provider="north"):
    with pytest.raises(UpdateRefusedError) as refusal:
        decide_update(case, provider, each, context())
    return refusal.value.reason


def test_the_whole_way_with_a_provider():
    case, seen = offered(), []
    path = [ACCEPTED, CONTACT, assessment("suitable"), session(1), update("measure", measure=measure()), session(3)]
    for each in path:
        progress = published(case, each)
        case = progress.case
        seen.append((case.state, names(progress.events)))
    assert seen == [
        ("accepted", ["provider-accepted"]),
        ("accepted", ["parent-contacted"]),
        ("assessed", ["provider-assessed"]),
        ("in-sessions", ["session-recorded"]),
        ("in-sessions", ["measure-recorded"]),
        ("in-sessions", ["session-recorded"]),
    ]
    assert case.sequence == 7
    views = (ViewGiven(person_id=C1, change="better", words=None),)
    end = published(case, closing(measures=[measure(), measure(C1)]), views=views)
    assert names(end.events) == ["measure-recorded", "measure-recorded", "case-closed"]
    assert [event.sequence for event in end.events] == [8, 9, 10]
    closed = end.events[-1]
    assert (closed.reason, closed.provider, closed.stopped_provider, closed.views) == (
        "completed",
        "north",
        None,
        views,
    )
    assert (end.case.state, end.case.out) == (State.CLOSED, None)


def test_declined_goes_to_the_next_offer_and_then_back_to_a_person():
    first = published(offered(), update("referral-declined", reason="no-capacity"))
    assert names(first.events) == ["provider-declined", "referral-agreed"]
    declined, agreed = first.events
    assert (declined.provider, declined.reason, agreed.provider) == ("north", "no-capacity", "south")
    assert declined.referral_id != agreed.referral_id
    second = published(first.case, update("referral-declined", reason="language"), provider="south")
    assert names(second.events) == ["provider-declined"]
    assert (second.case.state, second.case.waiting.reason) == (State.AWAITING_COORDINATOR, "no-eligible-offer")


def test_the_next_offer_is_under_the_same_agreement():
    event = screening(service="coordinator-decides")
    case = decide_screening(new_case(event), event, context()).case
    agreed = decide_command(case, Agree(offer="south-mediation"), context())
    progress = published(agreed.case, update("referral-declined", reason="other"), provider="south")
    assert (progress.events[-1].provider, progress.events[-1].agreed_by) == ("north", "coordinator")


def test_declined_with_a_known_sign_or_a_basis_gone_asks_nobody_else():
    decline = update("referral-declined", reason="other")
    signed = decide_update(offered(), "north", decline, context(sign_in_family=True))
    assert (names(signed.events), signed.case.waiting.reason) == (["provider-declined"], WaitingReason.SIGN_OF_ABUSE)
    unfounded = published(offered(), decline, rows=catalogue(legal_basis=None))
    assert unfounded.case.waiting.reason == WaitingReason.LEGAL_BASIS_MISSING


def test_not_suitable_is_published_and_closes():
    progress = published(offered(), ACCEPTED, assessment("not-suitable"))
    assert names(progress.events) == ["provider-assessed", "case-closed"]
    assert (progress.events[1].reason, progress.events[1].stopped_provider) == ("unsuitable", None)


@pytest.mark.parametrize("concern", [CONCERN, assessment("safety-concern")])
@pytest.mark.parametrize("way", [(), (ACCEPTED,), (ACCEPTED, assessment("suitable"), session(1))])
def test_a_safety_concern_halts_from_anywhere_and_reports_nothing_else(concern, way):
    case = published(offered(), *way).case if way else offered()
    progress = published(case, concern)
    assert names(progress.events) == ["case-halted"]
    assert (progress.events[0].raised_by, progress.events[0].stopped_provider) == ("provider", "north")
    assert progress.case.abuse_sign_at is not None
    assert names(published(progress.case, concern).events) == []


def test_a_safety_concern_is_taken_from_who_declined_or_was_stopped_and_stops_who_has_the_family():
    rows = catalogue()
    case = published(offered(rows), update("referral-declined", reason="other"), rows=rows).case
    [event] = published(case, CONCERN).events
    assert event.stopped_provider == "south"
    held = decide_command(offered(), Hold(), context(rows=rows)).case
    assert published(held, CONCERN).events[0].stopped_provider == "north"
    ended = decide_command(offered(), Withdraw(), context(rows=rows)).case
    assert published(ended, CONCERN).events[0].stopped_provider is None


def test_a_stranger_can_neither_halt_nor_learn_that_there_is_a_case():
    for each in (CONCERN, ACCEPTED, closing()):
        assert refused(offered(), each, provider="south") == "not-this-providers-case"
        assert refused(None, each) == "not-this-providers-case"


def test_who_declined_has_the_case_no_more():
    case = published(offered(), update("referral-declined", reason="other")).case
    assert refused(case, ACCEPTED) == "not-this-providers-case"


def test_every_stop_is_refused_in_the_same_words():
    accepted = published(offered(), ACCEPTED).case
    halted = decide_screening(accepted, screening("domestic-abuse-pathway", number=2), context()).case
    withdrawn = decide_command(accepted, Withdraw(parent=P1), context()).case
    corrected = decide_screening(accepted, screening("not-ready", number=2), context()).case
    held = decide_command(accepted, Hold(), context()).case
    gave_up = published(accepted, closing("withdrawn")).case
    follow_up = update("measure", measure=measure(occasion="follow-up-6-months"))
    for case in (halted, withdrawn, corrected, held, gave_up):
        for each in (CONTACT, session(1), follow_up, closing(), update("measure", measure=measure(STRANGER))):
            assert refused(case, each) == "case-stopped"
    resumed = decide_command(held, Resume(), context()).case
    assert names(published(resumed, CONTACT).events) == ["parent-contacted"]
    for word in ("abuse", "safety", "halt", "withdr", "hold"):
        assert word not in EXPLANATIONS["case-stopped"].lower()


@pytest.mark.parametrize(
    ("way", "each"),
    [
        ((), CONTACT),
        ((), assessment("suitable")),
        ((), update("measure", measure=measure())),
        ((), closing()),
        ((ACCEPTED,), ACCEPTED),
        ((ACCEPTED,), update("referral-declined", reason="other")),
        ((ACCEPTED,), session(1)),
        ((ACCEPTED, assessment("suitable")), assessment("suitable")),
        ((ACCEPTED,), update("measure", measure=measure(occasion="follow-up-6-months"))),
        ((ACCEPTED, closing()), closing()),
        ((ACCEPTED, closing("no-contact")), session(1, held_on="2025-04-01")),
        ((ACCEPTED, assessment("suitable")), taken_back(1)),
    ],
)
def test_what_the_state_does_not_allow(way, each):
    case = published(offered(), *way).case if way else offered()
    assert refused(case, each) == "not-in-this-state"


@pytest.mark.parametrize(
    "each",
    [
        update("contact-attempted", parent=STRANGER, method="phone", outcome="reached"),
        update("contact-attempted", parent=C1, method="phone", outcome="reached"),
        update("initial-assessment", outcome="suitable", parents_seen=[P1, STRANGER]),
        update("measure", measure=measure(STRANGER)),
        closing(views=[{"person": STRANGER, "change": "better"}]),
        closing(measures=[measure(STRANGER)]),
    ],
)
def test_somebody_who_is_not_in_the_case(each):
    assert refused(published(offered(), ACCEPTED).case, each) == "person-not-in-this-case"


def test_children_come_to_sessions_and_are_measured():
    case = published(offered(), ACCEPTED, assessment("suitable")).case
    [event] = published(case, session(1, attendance=[{"person": C1, "attended": "late"}])).events
    assert [(entry.person_id, entry.attended) for entry in event.attendance] == [(C1, "late")]


def test_follow_up_measures_after_the_end():
    case = published(offered(), ACCEPTED, closing("ended-early")).case
    progress = published(case, update("measure", measure=measure(P2, "follow-up-12-months")))
    assert names(progress.events) == ["measure-recorded"]
    assert progress.case.state is State.CLOSED
    withdrawn = decide_command(progress.case, Withdraw(), context())
    assert (withdrawn.events, len(withdrawn.consents)) == ([], 2)
    assert refused(withdrawn.case, update("measure", measure=measure())) == "case-stopped"


def test_a_provider_that_reports_a_withdrawal_ends_the_consents():
    progress = published(offered(), ACCEPTED, closing("withdrawn"))
    assert [type(consent) for consent in progress.consents] == [ConsentWithdrawn, ConsentWithdrawn]


def test_a_full_offer_is_not_asked_next():
    rows = catalogue(offer("first", "north"), offer("second", "south", capacity=1), offer("third", "west"))
    rows.taken["second"] = 1
    assert published(offered(rows), update("referral-declined", reason="other"), rows=rows).case.latest.offer == "third"


def test_a_provider_may_report_on_whom_a_correction_no_longer_names() -> None:
    earlier = Family.of(screening())
    newer = Family.of(screening(number=2, children=()), earlier)
    latest = Family.of(screening(number=3, children=()), newer)

    assert C1 in earlier.people()
    assert C1 in latest.people()
    assert C1 not in latest.parent_ids()
