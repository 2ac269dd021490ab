"""Whose details a provider has at the end, whatever order they came in: those that stand, of who takes part."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.domain.case import Case, TakenBack, learn_taken_back
from services.notification.domain.corrections import decide_corrections
from services.notification.domain.details import ParentDetails
from services.notification.domain.offers import Offer
from shared.contracts import referral
from shared.contracts.screening import ScreeningTakenBack
from tests.support.notification_stories import (
    PROVIDERS,
    START,
    Desk,
    DetailsKnown,
    ProviderKnown,
    Story,
    parent_secrets,
)

FIRST = PROVIDERS[0]


@dataclass
class Writing(Desk):
    """A desk that sends corrections too. `has` is what the provider was told last: person to submission."""

    has: dict[UUID, UUID] = field(default_factory=dict)
    ever: list[tuple[UUID, UUID]] = field(default_factory=list)

    def receive(self, batch: Iterable[Any]) -> "Writing":
        for event in batch:
            if isinstance(event, ScreeningTakenBack):
                learn_taken_back(self.case, event)
                for known in self.details.values():
                    known[:] = [each for each in known if each.submission_id != event.submission_id]
            elif isinstance(event, DetailsKnown) and event.details.submission_id in self.case.taken_back:
                continue
            elif isinstance(event, DetailsKnown):
                # One that is said again stands from then on.
                known = self.details.setdefault(event.details.person_id, [])
                same = [each for each in known if each.submission_id == event.details.submission_id]
                if not same or same[0].revision < event.details.revision:
                    known[:] = [*(each for each in known if each not in same), event.details]
            else:
                self._learn(event)
        super().receive(())
        shared = {(each, person): self.has[person] for each in self.case.referrals for person in self.has}
        for each in decide_corrections(self.case, shared, self.details):
            self.sent.append((each.terms.provider, "details", each.referral.referral_id, b"", each.parent.person_id))
            self._share(each.details)
        return self

    def _send(self, record: Any) -> None:
        super()._send(record)
        if isinstance(record, Offer):
            for _, details in record.parents:
                self._share(details)

    def _share(self, details: ParentDetails) -> None:
        self.has[details.person_id] = details.submission_id
        self.ever.append((details.person_id, details.submission_id))


def details(story: Story, person: UUID, submission: UUID, revision: int, **fields: Any) -> DetailsKnown:
    content = {**parent_secrets(0), "contact": {"phone": str(submission)}}
    as_of = fields.pop("as_of", START)
    return DetailsKnown(ParentDetails(person, submission, as_of, content, revision, **fields))


def changed(story: Story, submission: UUID, people: Iterable[UUID]) -> referral.FamilyChanged:
    story.add(
        referral.FamilyChanged,
        submission_id=submission,
        parents=tuple(
            referral.AgreedParent(person_id=who, ref=f"P{at}", role="mother", first_language="en", wrap_around=None)
            for at, who in enumerate(people)
        ),
        children=(),
        **story.referral,
    )
    event = story.events.pop()
    assert isinstance(event, referral.FamilyChanged)
    return event


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48), st.integers(1, 6))
def test_what_a_provider_received_last_is_what_is_in_force_whatever_the_order_and_the_clocks(
    seed: int, count: int
) -> None:
    dice = Random(seed)
    story = Story().screened().agreed()
    agreed = story.events[-1]
    submissions = [story.submission, *(uuid4() for _ in range(count))]
    events: list[Any] = [ProviderKnown(FIRST), agreed]
    for person in story.parents:
        revision = 0
        for submission in submissions:
            # The first stands; a later one may be an older one that came late, and stands above nothing.
            stands = submission == submissions[0] or dice.random() < 0.7
            revision += stands
            as_of = START + timedelta(days=dice.choice((-3, 0, 0, 3)))
            events.append(details(story, person, submission, revision, stands=stands, as_of=as_of))
    dice.shuffle(events)
    desk = Writing(Case(story.case_id))
    for each in events:
        desk.receive([each] if dice.random() < 0.7 else [each, dice.choice(events)])
    for person in story.parents:
        own = [e.details for e in events if isinstance(e, DetailsKnown) and e.details.person_id == person]
        newest = max((each for each in own if each.stands), key=lambda each: each.revision)
        assert desk.has[person] == newest.submission_id


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48))
def test_what_is_to_be_looked_at_first_is_shared_only_once_a_person_has_looked(seed: int) -> None:
    dice = Random(seed)
    story = Story().screened().agreed()
    first, second, third, stranger = story.submission, uuid4(), uuid4(), uuid4()
    looks = [dice.random() < 0.5 for _ in range(2)]
    events: list[Any] = [ProviderKnown(FIRST), story.events[-1]]
    for person in (*story.parents, stranger):
        events += [
            details(story, person, second, 2, look_first=True),
            details(story, person, third, 3, look_first=looks[0]),
        ]
    events += [details(story, person, first, 1) for person in story.parents]
    if looks[1]:
        events.append(changed(story, dice.choice((second, third)), story.parents))
    dice.shuffle(events)
    desk = Writing(Case(story.case_id))
    looked_at: set[UUID] = set()
    for each in events:
        desk.receive([each])
        if isinstance(each, referral.FamilyChanged):
            looked_at |= {second} if each.submission_id == second else {second, third}
        first_allowed = {first} | looked_at | (set() if looks[0] else {third})
        assert {submission for _, submission in desk.ever} <= first_allowed
        assert stranger not in desk.has


def test_an_offer_waits_visibly_for_the_coordinator_to_look_at_what_is_in_force() -> None:
    story = Story().screened().agreed()
    known = [each for each in story.events if isinstance(each, DetailsKnown)]
    second = uuid4()
    unsafe = [details(story, person, second, 2, look_first=True) for person in story.parents]
    desk = Writing(Case(story.case_id)).receive([*known, *unsafe, ProviderKnown(FIRST), story.events[-1]])
    assert (desk.sent, desk.waits()) == ([], ["coordinator-to-look-first"])
    desk.receive([changed(story, second, story.parents)])
    assert (desk.kinds(), desk.waits()) == (["offered", "details", "details"], [])
    assert set(desk.has.values()) == {second}


def test_what_a_person_has_looked_at_and_put_aside_is_in_nobodys_way() -> None:
    story = Story().screened()
    first = [each for each in story.events if isinstance(each, DetailsKnown)]
    strangers = [details(story, person, uuid4(), 2, look_first=True) for person in story.parents]
    early = story.agreed().events[-1]
    desk = Writing(Case(story.case_id)).receive([*first, *strangers, ProviderKnown(FIRST), early])
    assert desk.waits() == ["coordinator-to-look-first"]
    # The same agreement, made once those in question were known not to be theirs.
    late = early.model_copy(update={"revision": 2})
    desk = Writing(Case(story.case_id)).receive([*first, *strangers, ProviderKnown(FIRST), late])
    assert set(desk.has.values()) == {story.submission}


def test_a_changed_family_is_published_with_the_details_of_who_is_new_and_nothing_of_who_left() -> None:
    story = Story().screened().agreed()
    mother, father = story.parents
    grandmother, second, third = uuid4(), uuid4(), uuid4()
    desk = Writing(Case(story.case_id)).receive([ProviderKnown(FIRST), *story.events])
    desk.receive([changed(story, second, (mother, grandmother))])
    assert desk.kinds()[3:] == ["family"]
    desk.receive([details(story, person, second, 2) for person in (mother, father, grandmother)])
    assert {person for *_, person in desk.sent[4:]} == {mother, grandmother}
    assert str(father) not in desk.sent[3][3].decode()
    before = len(desk.sent)
    desk.receive([details(story, father, third, 3)])
    assert len(desk.sent) == before
    # An older change that comes late changes nothing, and what was told is not told again.
    desk.receive([changed(story, second, (mother, grandmother)).model_copy(update={"sequence": 1})])
    assert len(desk.sent) == before


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**48))
def test_the_family_is_the_one_of_the_newest_change_whatever_the_order(seed: int) -> None:
    dice = Random(seed)
    story = Story().screened().agreed()
    agreed, submission = story.events[-1], story.submission
    people = [*story.parents, *(uuid4() for _ in range(3))]
    changes = [changed(story, submission, dice.sample(people, dice.choice((1, 2, 3)))) for _ in range(3)]
    events = [
        ProviderKnown(FIRST),
        agreed,
        *changes,
        *(details(story, person, submission, 1) for person in people),
    ]
    dice.shuffle(events)
    desk = Writing(Case(story.case_id))
    taking_part = set(story.parents)
    newest = -1
    for each in events:
        before = len(desk.ever)
        desk.receive([each])
        if isinstance(each, referral.FamilyChanged) and each.sequence > newest:
            newest, taking_part = each.sequence, {parent.person_id for parent in each.parents}
        assert {person for person, _ in desk.ever[before:]} <= taking_part
    assert taking_part <= set(desk.has)
    contents = [content for _, kind, _, content, _ in desk.sent if kind in ("offered", "family")]
    last = desk.case.referrals[story.referral["referral_id"]]
    assert last.changed is not None
    assert last.family_published == changes[-1].sequence
    assert contents
    if len(contents) > 1:
        assert last.changed.model_dump_json().encode() == contents[-1]


def taken_back(story: Story, submission: UUID, stands: UUID | None, revision: int) -> ScreeningTakenBack:
    return ScreeningTakenBack(
        case_id=story.case_id,
        occurred_at=story.now,
        agency="hants-schools",
        area="E10000014",
        family_ref="F1",
        submission_id=submission,
        because="filed-in-error",
        stands=stands,
        revision=revision,
    )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**48))
def test_what_was_taken_back_is_no_longer_shared_and_what_was_in_force_before_is_again(seed: int) -> None:
    dice = Random(seed)
    story = Story().screened().agreed()
    first, second = story.submission, uuid4()
    one = [details(story, person, first, 1) for person in story.parents]
    other = [details(story, person, second, 2) for person in story.parents]
    events = [ProviderKnown(FIRST), story.events[-1], *one, *other, taken_back(story, second, first, 3)]
    dice.shuffle(events)
    desk = Writing(Case(story.case_id))
    gone = False
    for each in events:
        before = len(desk.ever)
        desk.receive([each])
        gone = gone or isinstance(each, ScreeningTakenBack)
        assert not gone or second not in {submission for _, submission in desk.ever[before:]}
    assert set(desk.has.values()) == {first}


def test_where_nothing_is_in_force_nothing_more_goes_out() -> None:
    story = Story().screened().agreed()
    desk = Writing(Case(story.case_id)).receive([ProviderKnown(FIRST), *story.events])
    before = len(desk.sent)
    desk.receive([taken_back(story, story.submission, None, 2)])
    desk.receive([details(story, person, uuid4(), 1) for person in story.parents])
    assert len(desk.sent) == before
    assert desk.case.taken_back == {story.submission: TakenBack(None, 2)}


def test_one_parent_alone_is_named_and_nothing_is_sent_of_any_other() -> None:
    story = Story().screened()
    other = story.parents[1]
    story.parents, known = story.parents[:1], [each for each in story.events if isinstance(each, DetailsKnown)]
    story.agreed()
    desk = Writing(Case(story.case_id)).receive([ProviderKnown(FIRST), *known, story.events[-1]])
    desk.receive([details(story, other, uuid4(), 2)])
    assert desk.kinds() == ["offered", "details"]
    assert set(desk.has) == set(story.parents)
    assert str(other).encode() not in desk.sent[0][3]


# Every stop looks the same to a provider.


def _stopped_by(cause: str) -> list[tuple[str, str]]:
    story = Story().screened().agreed().accepted()
    before = len(story.events)
    fields = {"referral_id": story.referral["referral_id"], "stopped_provider": FIRST}
    match cause:
        case "own-sign":
            story.screened("domestic-abuse-pathway").halted("screening")
        case "sign-elsewhere":
            story.add(referral.CaseHalted, raised_by="linked-family", known_elsewhere=True, **fields)
        case "joined":
            story.add(referral.CaseJoined, joined_to=uuid4(), **fields)
        case "no-longer-refer":
            story.screened("not-ready").closed("withdrawn", by_provider=False)
        case "returned":
            story.add(referral.CaseReturned, missing=("other",))
        case _:
            story.closed(cause, by_provider=False)
    after = story.events[before:]
    late = [details(story, person, uuid4(), 9) for person in story.parents]
    desk = Writing(Case(story.case_id)).receive([ProviderKnown(FIRST), *story.events[:before]])
    for each in [*after, *late]:
        desk.receive([each])
    return [(to, kind) for to, kind, *_ in desk.sent]


def test_a_stop_is_the_same_records_in_the_same_order_whatever_the_cause() -> None:
    causes = ("own-sign", "sign-elsewhere", "joined", "no-longer-refer", "withdrawn", "unsuitable", "returned")
    outcomes = {cause: _stopped_by(cause) for cause in causes}
    assert all(each == outcomes["withdrawn"] for each in outcomes.values())
    assert outcomes["withdrawn"] == [(FIRST, kind) for kind in ("offered", "details", "details", "stopped")]
