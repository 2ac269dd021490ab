"""A child that takes part no longer: its provider is told that alone, whoever said it and why."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.domain.case import Case as KnownCase
from services.notification.domain.case import learn_case_event, learn_screening
from services.notification.domain.children import ChildNews
from services.notification.domain.children import taking_part as as_offered
from services.notification.domain.offers import Offer, ParentDetails, Provider, decide_provider_records
from services.referral.domain.agreement.consent import expire
from services.referral.domain.agreement.participation import taking_part
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.deciders.command_effects import decide_command
from services.referral.domain.deciders.commands import Halt, Hold, Resume
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent, decide_consent
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from shared.contracts.notification import ChildParticipationShared
from shared.contracts.referral import ChildParticipationChanged
from shared.contracts.screening import ScreenedChild
from shared.contracts.vocabulary import SessionKind
from tests.support.referral_families import (
    C1,
    P1,
    P2,
    START,
    assessment,
    catalogue,
    context,
    new_case,
    scheduled,
    screening,
    session,
    some_id,
    update,
)

C2 = some_id("C2")
_ROWS = catalogue()
_PROVIDERS = {name: Provider(name, None, {"kty": "EC"}) for name in ("north", "south")}


def children(*out: UUID) -> tuple[ScreenedChild, ...]:
    """Two children, who take part but for those who are out."""
    return tuple(
        ScreenedChild(person_id=who, ref=ref, age=9, takes_part=who not in out, views_source="direct")
        for ref, who in (("C1", C1), ("C2", C2))
    )


def _expired(case: Case, child: UUID, parent: UUID) -> Progress:
    progress = Progress(case, context(9))
    expire(progress, parent, "child-participation", child)
    return progress


def _taken_out(case: Case, child: UUID, parent: UUID = P1) -> Progress:
    command = WithdrawConsent(parent=parent, purpose="child-participation", child=child)
    return decide_consent(case, command, context(9, rows=_ROWS))


def _given_again(case: Case, child: UUID, parent: UUID = P1) -> Progress:
    command = RecordConsent(parent=parent, purpose="child-participation", child=child, given_on=START.date())
    return decide_consent(case, command, context(9, rows=_ROWS))


def _corrected(case: Case, *out: UUID) -> Progress:
    return decide_screening(case, screening(day=9, number=9, children=children(*out)), context(9, rows=_ROWS))


WAYS: dict[str, Callable[[Case, UUID], Progress]] = {
    "one parent takes it out": lambda case, child: _taken_out(case, child, P1),
    "the other parent does": lambda case, child: _taken_out(case, child, P2),
    "one parent's consent expires": lambda case, child: _expired(case, child, P1),
    "the other parent's does": lambda case, child: _expired(case, child, P2),
    "the front door corrects it": lambda case, child: _corrected(case, child),
}


def planned(number: int, kind: str, *expected: UUID) -> Any:
    return scheduled(number, on=20 + 7 * number, expected=expected).model_copy(update={"kind": SessionKind(kind)})


_WAY = [
    update("referral-accepted"),
    update("contact-attempted", parent=P1, method="phone", outcome="reached"),
    assessment("suitable"),
    planned(1, "child-consultation", C1),
    planned(2, "child-consultation", C1, C2, P1),
    planned(3, "family", P1, P2, C1, C2),
]


class Followed:
    """A case with a provider, and everything that this provider is told."""

    def __init__(self, steps: int = len(_WAY)) -> None:
        first = screening(day=1, children=children())
        self.known = KnownCase(first.case_id)
        self.details = {
            each.person_id: [ParentDetails(each.person_id, first.submission_id, first.submitted_at, {"name": each.ref})]
            for each in first.parents
        }
        self.records: list[Any] = []
        self.events: list[Any] = []
        learn_screening(self.known, first)
        self.case = new_case(first)
        self.take(decide_screening(self.case, first, context(1, rows=_ROWS)))
        for each in _WAY[:steps]:
            self.take(decide_update(self.case, "north", each, context(2, rows=_ROWS)))
        self.records.clear()
        self.events.clear()

    def take(self, progress: Progress) -> None:
        self.case = progress.case
        self.events += progress.events
        for event in progress.events:
            learn_case_event(self.known, event)
        self.records += decide_provider_records(self.known, _PROVIDERS, self.details)

    def news(self) -> list[tuple[UUID, bool]]:
        return [(each.person_id, each.takes_part) for each in self.records if isinstance(each, ChildNews)]


def message(news: ChildNews) -> dict[str, Any]:
    """The message as the provider gets it, without what differs from referral to referral."""
    shared = ChildParticipationShared(
        case_id=some_id("case"),
        occurred_at=context(9).now,
        referral_id=news.referral.referral_id,
        person_id=news.person_id,
        takes_part=news.takes_part,
    )
    return shared.model_dump(mode="json", exclude={"referral_id"})


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(_WAY)), st.sampled_from([C1, C2]), st.booleans())
def test_whoever_takes_a_child_out_and_why_its_provider_receives_the_same(steps: int, child: UUID, held: bool) -> None:
    seen = {}
    for name, way in WAYS.items():
        published = Followed(steps)
        published.take(way(published.case, child))
        if held:
            published.take(decide_command(published.case, Hold(), context(10, rows=_ROWS)))
        assert len(published.events) == 1 + held
        news = [each for each in published.records if isinstance(each, ChildNews)]
        seen[name] = [message(each) for each in news]
        others = {P1, P2, C1, C2, some_id("worker"), some_id("wrap-P1"), some_id("wrap-P2")} - {child}
        for reported in (*seen[name], published.events[0].model_dump(mode="json")):
            assert not [other for other in others if str(other) in str(reported)]
            assert not [word for word in ("consent", "withdr", "expire", "parent", "reason") if word in str(reported)]
    first = next(iter(seen.values()))
    assert [(each["person_id"], each["takes_part"]) for each in first] == [(str(child), False)]
    assert seen == dict.fromkeys(WAYS, first)


def test_the_message_has_no_field_that_could_give_the_reason() -> None:
    fields = {"case_id", "occurred_at", "referral_id", "person_id", "takes_part"}
    assert set(ChildParticipationShared.model_fields) == fields


@pytest.mark.parametrize("way", WAYS)
def test_consultations_with_the_child_are_no_longer_scheduled_and_other_sessions_go_on_without_it(way: str) -> None:
    published = Followed()
    published.take(WAYS[way](published.case, C1))
    planned = {each.number: each.expected for each in published.case.course_now.planned}
    assert planned == {2: {C2, P1}, 3: {P1, P2, C2}}
    published.take(
        WAYS[way](published.case, C2) if way != "the front door corrects it" else _corrected(published.case, C1, C2)
    )
    assert {each.number: each.expected for each in published.case.course_now.planned} == {3: {P1, P2}}


def test_no_session_is_planned_with_a_child_that_a_parent_took_out_until_that_parent_agrees() -> None:
    published = Followed()
    published.take(_taken_out(published.case, C1))
    published.take(_taken_out(published.case, C1, P2))
    again = planned(4, "child-consultation", C1)
    for parent in (P1, P2):
        with pytest.raises(UpdateRefusedError) as refused:
            decide_update(published.case, "north", again, context(10, rows=_ROWS))
        assert refused.value.reason == "child-takes-no-part"
        published.take(_given_again(published.case, C1, parent))
    assert published.news() == [(C1, False), (C1, True)], "told once each, when the last of the parents has said so"
    assert decide_update(published.case, "north", again, context(10, rows=_ROWS)).case.course_now.session(4)
    # What was held is a fact, whatever was said since.
    published.take(_taken_out(published.case, C1))
    held = session(3, attendance=[{"person": C1, "attended": "yes"}])
    assert decide_update(published.case, "north", held, context(42, rows=_ROWS)).case.state == "in-sessions"


def test_a_provider_on_hold_receives_nothing_and_finds_it_in_the_offer_when_the_case_goes_on() -> None:
    published = Followed()
    published.take(decide_command(published.case, Hold(), context(8, rows=_ROWS)))
    published.take(_taken_out(published.case, C1))
    assert [type(each).__name__ for each in published.records] == ["Stop"]
    published.take(decide_command(published.case, Resume(), context(10, rows=_ROWS)))
    assert [type(each).__name__ for each in published.records] == ["Stop", "Offer"]
    assert taking_part(published.case) == {C2}
    published.take(_given_again(published.case, C1))
    assert published.news() == [(C1, True)]


@pytest.mark.parametrize("way", WAYS)
def test_after_a_stop_nothing_is_published_of_a_child(way: str) -> None:
    published = Followed()
    published.take(decide_command(published.case, Halt(), context(8, rows=_ROWS)))
    published.take(WAYS[way](published.case, C1))
    assert [type(each).__name__ for each in published.records] == ["Stop"]
    assert not [each for each in published.events if isinstance(each, ChildParticipationChanged)]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_in_whatever_order_it_is_heard_the_provider_ends_with_the_newest_value(data: st.DataObject) -> None:
    """The agreement, holds and words of children come by topics that race; each topic keeps its own order."""
    published = Followed(0)
    agreed = decide_screening(new_case(), screening(day=1, children=children()), context(1, rows=_ROWS))
    case, topics = agreed.case, {"agreed": list(agreed.events), "children": [], "holds": []}
    for _ in range(data.draw(st.integers(1, 6))):
        step = data.draw(st.sampled_from(["out", "in", "out-2", "in-2", "hold", "resume"]))
        if step in ("hold", "resume"):
            if (step == "hold") == (case.state == "on-hold"):
                continue
            progress = decide_command(case, Hold() if step == "hold" else Resume(), context(9, rows=_ROWS))
            topics["holds"] += progress.events
        else:
            child = C2 if step.endswith("2") else C1
            progress = _taken_out(case, child) if step.startswith("out") else _given_again(case, child)
            topics["children"] += progress.events
        case = progress.case
    known, provider_knows = KnownCase(case.case_id), None
    while any(topics.values()):
        name = data.draw(st.sampled_from(sorted(name for name, left in topics.items() if left)))
        learn_case_event(known, topics[name].pop(0))
        for record in decide_provider_records(known, _PROVIDERS, published.details):
            if isinstance(record, Offer):
                provider_knows = set(as_offered(known, record.terms))
            elif isinstance(record, ChildNews):
                assert provider_knows is not None, "a provider hears of a child before it has the family"
                provider_knows -= {record.person_id}
                provider_knows |= {record.person_id} if record.takes_part else set()
    if case.state != "on-hold":
        assert provider_knows == taking_part(case)
