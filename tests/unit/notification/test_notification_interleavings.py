"""Whatever order the topics come in, however often an event is repeated and however batches fall."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.domain.case import NEVER, Case
from shared.contracts import referral
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import ClosureReason, Decision
from tests.support.notification_stories import PROVIDERS, Desk, ProviderKnown, Story, opened, secrets_of

_STEPS_WITH_PROVIDER = ("accepted", "declined", "held", "closed", "stopped", "corrected", "abuse", "halted")
_STEPS_WITHOUT = ("agreed", "agreed", "agreed", "corrected", "abuse")


def _extend(story: Story, dice: Random, steps: int) -> None:
    """A case as the other services can tell it: nothing follows a sign of abuse but what was under way."""
    with_provider = on_hold = False
    for _ in range(steps):
        if on_hold:
            step = dice.choice(("resumed", "resumed", "stopped", "abuse"))
        else:
            step = dice.choice(_STEPS_WITH_PROVIDER if with_provider else _STEPS_WITHOUT)
        match step:
            case "agreed":
                story.agreed(dice.choice(PROVIDERS))
                with_provider = True
            case "corrected":
                story.screened("refer")
            case "accepted":
                story.accepted()
            case "declined":
                story.declined()
                with_provider = False
            case "held":
                story.held()
                on_hold = True
            case "resumed":
                story.resumed()
                on_hold = False
            case "closed":
                story.closed()
                with_provider = False
            case "stopped":
                story.closed("withdrawn", by_provider=False)
                with_provider = on_hold = False
            case "abuse":
                story.screened("domestic-abuse-pathway")
                if dice.random() < 0.5:
                    story.halted("screening")
                # What the other services had under way when the sign came may still arrive.
                if dice.random() < 0.5:
                    story.screened("refer").agreed(dice.choice(PROVIDERS))
                return
            case "halted":
                story.halted(dice.choice(("provider", "coordinator")))
                return


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[Story, list[list[Any]]]:
    """A story's events in batches, some of them twice, from nearly in order to in no order at all.

    The dice are seeded, for strategies of their own lean to short stories in which nothing reaches a provider.
    """
    dice = Random(draw(st.integers(0, 2**48)))
    story = Story(revisions=draw(st.booleans())).screened()
    _extend(story, dice, draw(st.integers(1, 10)))
    events = [*(ProviderKnown(provider) for provider in PROVIDERS), *story.events]
    spread = dice.choice((0, 3, 6, 50))
    late = [(at + dice.uniform(0, spread), each) for at, each in enumerate(events)]
    late += [(dice.uniform(0, len(events)), each) for each in dice.sample(events, dice.randrange(4))]
    batches: list[list[Any]] = [[]]
    for _, each in sorted(late, key=lambda entry: entry[0]):
        if dice.random() < 0.7:
            batches.append([])
        batches[-1].append(each)
    return story, batches


def _is_sign_of_abuse(event: Any) -> bool:
    match event:
        case ScreeningCompleted():
            return event.decision is Decision.DOMESTIC_ABUSE_PATHWAY
        case referral.CaseClosed():
            return event.reason is ClosureReason.HALTED_FOR_SAFETY
    return isinstance(event, referral.CaseHalted)


def _stopped_up_to(known: list[Any]) -> int:
    stops = (referral.CaseHalted, referral.CaseClosed)
    return max((event.sequence for event in known if isinstance(event, stops)), default=NEVER)


_BY_OTHERS = (referral.CaseHeld, referral.CaseHalted)


def _truly_with(story: Story) -> set[Any]:
    """The referral that its provider has at the end, told from the story in its own order."""
    has: set[Any] = set()
    held = False
    for event in story.events:
        match event:
            case referral.ReferralAgreed():
                has = {event.referral_id}
            case referral.ProviderDeclined() | referral.CaseClosed():
                has, held = set(), False
            case referral.CaseHeld() | referral.CaseResumed():
                held = isinstance(event, referral.CaseHeld)
    return set() if held or any(_is_sign_of_abuse(event) for event in story.events) else has


def _ended_by_provider(known: list[Any]) -> set[Any]:
    return {event.referral_id for event in known if isinstance(event, referral.ProviderDeclined)}


@settings(max_examples=400, deadline=None)
@given(deliveries())
def test_no_order_of_events_puts_a_family_at_risk(delivery: tuple[Story, list[list[Any]]]) -> None:
    story, batches = delivery
    desk, known = Desk(Case(story.case_id)), []
    agreed_at = {
        event.referral_id: event.sequence for event in story.events if isinstance(event, referral.ReferralAgreed)
    }
    for batch in batches:
        before = len(desk.sent)
        desk.receive(batch)
        known += batch
        published = desk.sent[before:]
        offered = [referral_id for _, kind, referral_id, *_ in published if kind != "stopped"]
        if any(_is_sign_of_abuse(event) for event in known):
            assert not offered
        newest = max((at for key, at in agreed_at.items() if key in desk.case.referrals), default=NEVER)
        for referral_id in offered:
            assert newest == agreed_at[referral_id] > _stopped_up_to(known)
            assert referral_id not in _ended_by_provider(known)
        assert len([each for each in desk.case.referrals.values() if _has_it(desk.case, each)]) <= 1
    _each_provider_reads_a_sensible_series(desk)
    if any(_is_sign_of_abuse(event) for event in story.events):
        assert not any(_has_it(desk.case, each) for each in desk.case.referrals.values())
        assert not desk.waits()
    _nothing_of_one_parent_with_the_other(story, desk)


@settings(max_examples=300, deadline=None)
@given(deliveries())
def test_every_order_ends_in_the_same_place(delivery: tuple[Story, list[list[Any]]]) -> None:
    story, batches = delivery
    raced, in_order = Desk(Case(story.case_id)), Desk(Case(story.case_id))
    for batch in batches:
        raced.receive(batch)
    in_order.receive([ProviderKnown(provider) for provider in PROVIDERS])
    for event in story.events:
        in_order.receive([event])
    assert _ends(raced.case) == _ends(in_order.case)
    assert {key for key, each in raced.case.referrals.items() if _has_it(raced.case, each)} == _truly_with(story)
    if not any(
        isinstance(event, _BY_OTHERS) or getattr(event, "stopped_provider", None) or _is_sign_of_abuse(event)
        for event in story.events
    ):
        assert "stopped" not in raced.kinds()


def test_a_case_of_abuse_from_the_start_is_never_heard_of_by_a_provider() -> None:
    story = Story().screened("domestic-abuse-pathway").screened().agreed().held().resumed().agreed(PROVIDERS[1])
    desk = Desk(Case(story.case_id)).receive(ProviderKnown(provider) for provider in PROVIDERS)
    for event in story.events:
        assert desk.receive([event]).sent == []


def _has_it(case: Case, each: Any) -> bool:
    return each.offers > each.stops and not case.ended_by_its_provider(each)


def _ends(case: Case) -> Any:
    who_has_it = {key for key, each in case.referrals.items() if _has_it(case, each)}
    return (case.abuse, case.stop_sequence, case.hold_sequence, case.resume_sequence, who_has_it)


def _each_provider_reads_a_sensible_series(desk: Desk) -> None:
    """Offer, then each parent's details, then perhaps one stop; the same again only after the stop."""
    series: dict[Any, list[str]] = {}
    for provider, kind, referral_id, *_ in desk.sent:
        series.setdefault((provider, referral_id), []).append(kind)
    for kinds in series.values():
        rounds = " ".join(kinds).replace("offered details details", "offer").split()
        assert rounds == [("offer", "stopped")[at % 2] for at in range(len(rounds))]


def _nothing_of_one_parent_with_the_other(story: Story, desk: Desk) -> None:
    secrets = [secrets_of(number, story.versions) for number in range(len(story.parents))]
    for provider, kind, referral_id, content, person in desk.sent:
        assert not any(secret in content for secret in secrets[0] | secrets[1])
        if kind == "details":
            number = story.parents.index(person)  # type: ignore[arg-type]
            plain = opened(provider, content)
            agreed_on = range(story.agreed_version[referral_id], story.versions)
            assert any(f"Given{number}v{version}".encode() in plain for version in agreed_on)
            assert not any(secret in plain for secret in secrets[1 - number])
            assert str(story.parents[1 - number]).encode() not in plain
