"""Who a case's people are: strangers under a family's reference, a family that changes under way, one parent alone."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referral.domain.agreement.eligibility import Terms
from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.agreement.people import to_confirm
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import WITH_PROVIDER, State
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Agree, ConflictError, Hold, InvalidCommandError, Resume
from services.referral.domain.deciders.confirming import ConfirmPeople, decide_confirmation
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from shared.contracts.referral import FamilyChanged, ReferralAgreed, SequencedEvent
from shared.contracts.screening import ScreenedChild, ScreenedParent, ScreeningCompleted
from tests.support.referral_families import (
    ASKING_AREA,
    C1,
    P1,
    P2,
    assessment,
    catalogue,
    context,
    new_case,
    offer,
    parent,
    screening,
    session,
    some_id,
    update,
)
from tests.support.referral_work import contact, waits_for

P3, OTHERS = some_id("P3"), (some_id("S1"), some_id("S2"))
STRANGERS = (parent("S1"), parent("S2"))
THREE = (parent("P1"), parent("P2"), parent("P3"))


def decided(case: Case, event: ScreeningCompleted, rows: Catalogue | None = None) -> Progress:
    return decide_screening(case, event, context(rows=rows or catalogue()))


def screened(*events: ScreeningCompleted, case: Case | None = None) -> Case:
    case = case or new_case(events[0])
    for event in events:
        case = decided(case, event).case
    return case


def changed(number: int = 2, **more: Any) -> ScreeningCompleted:
    """A correction of the first screening."""
    return screening(number=number, day=number, **more)


def strangers(number: int = 2, **more: Any) -> ScreeningCompleted:
    return changed(number, **{"parents": STRANGERS, "attention": ("people-differ",), **more})


def people_in(events: list[SequencedEvent]) -> set[Any]:
    """Everybody whom these events name."""
    named = "".join(event.model_dump_json() for event in events)
    return {person for person in (P1, P2, P3, C1, *OTHERS) if str(person) in named}


@pytest.mark.parametrize(
    ("attention", "reason"),
    [
        (("contact-not-separate",), "contact-not-separate"),
        (("items-not-judged",), "items-not-judged"),
        (("one-parent", "items-not-judged"), "items-not-judged"),
        (("a-code-of-next-year",), "look-first"),
        (("people-differ", "items-not-judged"), "people-differ"),
    ],
)
def test_what_a_person_must_look_at_is_never_let_through_by_the_area(attention: Any, reason: str) -> None:
    progress = decided(new_case(), screening(attention=attention))
    assert (progress.case.state, progress.events) == (State.AWAITING_COORDINATOR, [])
    assert waits_for(progress.case) == reason
    if reason == "people-differ":
        with pytest.raises(ConflictError, match="other people"):
            decide_command(progress.case, Agree(), context())
        return
    # The coordinator's agreement is the look; the next provider is asked under it.
    agreed = decide_command(progress.case, Agree(), context()).case
    assert agreed.waiting is None
    declined = decide_update(agreed, "north", update("referral-declined", reason="other"), context())
    assert (declined.case.state, declined.case.out.provider) == (State.OFFERED, "south")
    # A newer screening asks again, and nobody agrees a case that a provider has: it is confirmed.
    again = decided(agreed, changed(attention=attention)).case
    assert waits_for(again) == reason
    progress = decide_confirmation(again, ConfirmPeople(), context())
    assert [event.event_name for event in progress.events] == ["family-changed"]
    assert (waits_for(progress.case), progress.case.looked_at) == (None, some_id("submission-2"))
    with pytest.raises(ConflictError, match="nothing of this case's people"):
        decide_confirmation(progress.case, ConfirmPeople(), context())


def test_a_decline_after_such_a_correction_goes_to_a_person_and_to_no_other_provider() -> None:
    for event, reason in (
        (changed(attention=("items-not-judged",)), "items-not-judged"),
        (changed(parents=THREE), "family-changed"),
        (strangers(), "people-differ"),
    ):
        case = screened(screening(), event)
        declined = decide_update(case, "north", update("referral-declined", reason="other"), context())
        assert (declined.case.state, waits_for(declined.case)) == (State.AWAITING_COORDINATOR, reason)
        assert people_in(declined.events) <= {P1, P2, C1}


_WAYS = st.lists(
    st.sampled_from(["strangers", "strangers-again", "refer", "not-ready", "sign", "declined", "hold", "resume"]),
    min_size=1,
    max_size=7,
)


@given(first=st.sampled_from([screening(), screening(area=ASKING_AREA), None]), way=_WAYS)
def test_strangers_under_a_familys_reference_are_shown_to_a_person_and_published_to_nobody(
    first: Any, way: Any
) -> None:
    """Whatever else happens to the case: nothing that goes out names one of them before somebody has confirmed them."""
    case, events = (screened(first) if first else new_case()), []
    for number, step in enumerate(way, 2):
        try:
            match step:
                case "strangers":
                    progress = decided(case, strangers(number))
                    assert progress.case.questioned is not None
                case "strangers-again" if case.questioned:
                    # The screening service knows them by now: what it says of the next one is nothing.
                    progress = decided(case, strangers(number, attention=()))
                case "refer" | "not-ready":
                    progress = decided(case, changed(number, decision=step))
                case "sign":
                    progress = decided(case, strangers(number, decision="domestic-abuse-pathway"))
                    assert progress.case.state is State.HALTED
                case "declined" if case.state is State.OFFERED:
                    reported = update("referral-declined", reason="other", number=number)
                    progress = decide_update(case, case.out.provider, reported, context())
                case "hold" | "resume":
                    command = Hold() if step == "hold" else Resume()
                    progress = decide_command(case, command, context())
                case _:
                    continue
        except (NotAllowedError, ConflictError):
            continue
        case = progress.case
        events += progress.events
        assert people_in(events) <= {P1, P2, C1}
        if case.questioned:
            assert case.waiting is not None
            assert "people-differ" in (case.waiting.reason, case.waiting.before)
            assert case.family is None or {each.person_id for each in case.family.parents} == {P1, P2}


def test_a_stranger_who_withdraws_stops_the_family_all_the_same() -> None:
    unwilling = (parent("S1"), parent("S2", agrees=False))
    event = strangers(decision="not-ready", parents=unwilling, reasons=("parent-does-not-agree",))
    progress = decided(screened(screening()), event)
    assert (progress.case.state, progress.case.out) == (State.CLOSED, None)
    assert {each.person_id for each in progress.consents} == {P1, P2}
    assert waits_for(progress.case) == "people-differ"


def test_whose_people_are_confirmed_is_the_familys_from_then_on() -> None:
    with_provider = screened(screening(), strangers())
    assert (with_provider.state, waits_for(with_provider)) == (State.OFFERED, "people-differ")
    progress = decide_confirmation(with_provider, ConfirmPeople(), context())
    published = progress.events[-1]
    assert isinstance(published, FamilyChanged)
    assert {each.person_id for each in published.parents} == set(OTHERS)
    assert published.submission_id == some_id("submission-2")
    assert progress.case.informed_parents == set(OTHERS)
    assert (progress.case.questioned, progress.case.waiting) == (None, None)
    # Nobody is let through by the area's setting on it.
    waiting = screened(screening(area=ASKING_AREA), strangers())
    confirmed = decide_confirmation(waiting, ConfirmPeople(), context())
    assert (confirmed.case.state, waits_for(confirmed.case)) == (State.AWAITING_COORDINATOR, "family-changed")
    agreed = decide_command(confirmed.case, Agree(), context())
    assert people_in([e for e in agreed.events if isinstance(e, ReferralAgreed)]) == {*OTHERS, C1}


def test_whose_people_are_not_theirs_go_and_the_case_goes_on_as_before() -> None:
    with_provider = screened(screening(), strangers())
    put_aside = decide_confirmation(with_provider, ConfirmPeople(theirs=False), context())
    (event,) = put_aside.events
    assert (event.event_name, event.submission_id, event.theirs) == ("people-confirmed", some_id("submission-2"), False)
    assert (put_aside.case.state, put_aside.case.waiting) == (State.OFFERED, None)
    assert put_aside.case.informed_parents == {P1, P2}
    alone = screened(strangers())
    ended = decide_confirmation(alone, ConfirmPeople(theirs=False), context())
    published = [event.event_name for event in ended.events]
    assert (ended.case.state, published) == (State.CLOSED, ["people-confirmed", "case-closed"])


def _family(refs: frozenset[str]) -> tuple[ScreenedParent, ...]:
    return tuple(parent(ref) for ref in sorted(refs))


def _children(refs: frozenset[str]) -> tuple[ScreenedChild, ...]:
    return tuple(
        ScreenedChild(person_id=some_id(ref), ref=ref, age=9, takes_part=False, views_source="direct")
        for ref in sorted(refs)
    )


_PARENTS = st.frozensets(st.sampled_from(["P1", "P2", "P3", "P4"]), min_size=2)
_CHILDREN = st.frozensets(st.sampled_from(["C1", "C2"]), min_size=1)


@given(parents=_PARENTS, children=_CHILDREN, steps=st.integers(0, 3))
def test_a_family_that_changes_under_way_is_shown_and_its_intake_is_of_those_who_were_offered(
    parents: frozenset[str], children: frozenset[str], steps: int
) -> None:
    """The provider goes on with whom it was told of, and hears of nobody else before a person has looked."""
    first = screening()
    seen = [
        update("referral-accepted"),
        contact(P1),
        assessment("suitable", parents=[{"parent": p, "outcome": "suitable"} for p in (P1, P2)]),
    ]
    case = screened(first)
    for each in seen[:steps]:
        case = decide_update(case, "north", each, context(1)).case
    progress = decided(case, changed(parents=_family(parents), children=_children(children)))
    case = progress.case
    is_other = parents != {"P1", "P2"} or children != {"C1"}
    assert (waits_for(case) == "family-changed") is is_other
    assert not [event for event in progress.events if not event.event_name.startswith("child-")]
    for each in (*seen[steps:], session(1)):
        case = decide_update(case, "north", each, context(2)).case
    assert case.state is State.IN_SESSIONS
    assert (waits_for(case) == "family-changed") is is_other
    if not is_other:
        assert to_confirm(case) is None
        return
    confirmed = decide_confirmation(case, ConfirmPeople(), context(3))
    published = confirmed.events[-1]
    assert isinstance(published, FamilyChanged)
    assert {each.ref for each in published.parents} == parents
    assert {each.person_id for each in published.children} == {some_id(ref) for ref in children}
    assert confirmed.case.informed_parents == {some_id(ref) for ref in parents}
    assert (waits_for(confirmed.case), confirmed.case.state) == (None, State.IN_SESSIONS)


def test_an_intake_that_was_not_complete_is_of_whoever_was_confirmed_meanwhile() -> None:
    accepted = decide_update(screened(screening()), "north", update("referral-accepted"), context()).case
    case = decide_confirmation(screened(changed(parents=THREE), case=accepted), ConfirmPeople(), context())
    two = assessment("suitable", parents=[{"parent": p, "outcome": "suitable"} for p in (P1, P2)])
    case = decide_update(case.case, "north", two, context()).case
    assert case.state is State.ACCEPTED
    third = update(
        "initial-assessment",
        outcome="suitable",
        parents_seen=[P3],
        parents=[{"parent": P3, "outcome": "suitable"}],
        number=2,
    )
    assert decide_update(case, "north", third, context()).case.state is State.ASSESSED


def test_nobody_learns_of_a_person_whose_consent_is_not_in_force() -> None:
    case = replace(screened(screening(), changed(parents=THREE)), consent_expired=frozenset({P3}))
    with pytest.raises(ConflictError, match="consent has expired"):
        decide_confirmation(case, ConfirmPeople(), context())
    for known in ({"sign_in_family": True}, {}):
        rows = catalogue() if known else catalogue(legal_basis=None)
        with pytest.raises(ConflictError):
            decide_confirmation(
                replace(case, consent_expired=frozenset()), ConfirmPeople(), context(rows=rows, **known)
            )


def test_what_changed_while_on_hold_is_shown_once_the_case_goes_on() -> None:
    held = decide_command(screened(screening()), Hold(), context()).case
    held = screened(changed(parents=THREE), case=held)
    assert waits_for(held) == "on-hold"
    resumed = decide_command(held, Resume(), context()).case
    assert (resumed.state, waits_for(resumed)) == (State.OFFERED, "family-changed")


# One parent


_ALONE = {"parents": (parent("P1"),), "one_parent": True, "attention": ("one-parent",)}
_FOR_ONE = offer("for-one", "north", terms=Terms(parents_needed="one"), priority=200)


@given(
    services=st.lists(
        st.tuples(st.sampled_from(["mediation", "couple-support", "family-counselling"]), st.booleans()),
        min_size=1,
        max_size=4,
    ),
    parents=st.sampled_from([("P1",), ("P1", "P2")]),
    flagged=st.booleans(),
)
def test_one_parent_alone_gets_only_what_takes_one_and_only_by_a_person(
    services: list[tuple[str, bool]], parents: tuple[str, ...], flagged: bool
) -> None:
    offers = [
        offer(f"offer-{at}", "north", service=service, terms=Terms(parents_needed="one" if one else "both"))
        for at, (service, one) in enumerate(services)
    ]
    rows = catalogue(*offers)
    event = screening(parents=_family(frozenset(parents)), one_parent=flagged, service=services[0][0])
    progress = decided(new_case(), event, rows)
    if len(parents) == 2 and not flagged:
        assert progress.case.state in {State.OFFERED, State.AWAITING_COORDINATOR}
        return
    assert progress.events == []
    for each in offers:
        try:
            agreed = decide_command(progress.case, Agree(offer=each.offer), context(rows=rows))
        except (InvalidCommandError, ConflictError):
            continue
        assert flagged
        assert rows.offers[agreed.case.latest.offer].terms.parents_needed == "one"
        assert people_in(agreed.events) <= {*(some_id(ref) for ref in parents), C1}


def test_one_parents_way_to_an_offer_for_one() -> None:
    rows = catalogue(offer("north-mediation", "north"), _FOR_ONE)
    progress = decided(new_case(), screening(service="coordinator-decides", **_ALONE), rows)
    assert waits_for(progress.case) == "one-parent"
    with pytest.raises(InvalidCommandError, match="needs both parents"):
        decide_command(progress.case, Agree(offer="north-mediation"), context(rows=rows))
    [agreed] = decide_command(progress.case, Agree(offer="for-one"), context(rows=rows)).events
    assert [each.person_id for each in agreed.parents] == [P1]
    # Nobody who is named alone without a word of the other parent goes anywhere.
    silent = decided(new_case(), screening(parents=(parent("P1"),)), rows).case
    assert waits_for(silent) == "agreement-missing"


def test_the_other_parent_who_comes_later_is_decided_afresh() -> None:
    rows = catalogue(offer("north-mediation", "north"), _FOR_ONE)
    alone = decided(new_case(), screening(service="coordinator-decides", **_ALONE), rows).case
    both = decided(alone, changed(), rows).case
    assert (both.state, both.latest.offer) == (State.OFFERED, "north-mediation")
    at_work = decide_command(alone, Agree(offer="for-one"), context(rows=rows)).case
    shown = decided(at_work, changed(), rows)
    assert shown.case.state in WITH_PROVIDER
    assert (waits_for(shown.case), people_in(shown.events)) == ("family-changed", set())
