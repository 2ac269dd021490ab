"""By `sequence`, the newest record of a case says what is so, whatever order the topics come in."""

from collections import defaultdict
from random import Random
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.notification.domain.progress import progress_of_case, progress_of_screening, progress_of_taking_back
from services.notification.domain.published_progress import PublishedProgress
from services.notification.domain.self_referrals import needs_neutral_records, neutral_records
from shared.contracts import referral
from shared.contracts.notification import CaseProgressed
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack
from tests.support.notification_stories import DetailsKnown, Story

_WITH_PROVIDER = frozenset({"agreed", "accepted", "assessed", "session"})
# Where a newer `refer` leaves a case as it is.
_STAYS = _WITH_PROVIDER | {"waiting", "at-panel", "held", "joined"}
_OVER = frozenset({"closed", "halted"})


class Life(Story):
    """A case as the referral service leads it. `so` is what is so: a step, or the submission of a screening."""

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self.dice = dice
        self.so: tuple[str, Any] = ("", None)
        self.at = "new"
        self.was_joined = False

    def lead(self, steps: int) -> "Life":
        self.correct("refer")
        for _ in range(steps):
            if self.at == "halted":
                break
            way = self.dice.choice(self._ways())
            getattr(self, way)()
        return self

    def _ways(self) -> tuple[str, ...]:
        screenings = ("again", "not_now", "older", "older_comes_into_force", "sign", "sign_elsewhere")
        return {
            "screened": (*screenings, "agree", "agree", "list", "list", "give_back", "refuse", "panel", "hold", "join"),
            "not-referred": screenings,
            "waiting": (*screenings, "move_up", "move_up", "leave", "agree", "hold", "withdraw"),
            "agreed": (*screenings, "accept", "accept", "decline", "hold", "withdraw"),
            "accepted": (*screenings, "meet", "meet", "hold", "withdraw", "finish"),
            "at-panel": (*screenings, "agree", "give_back", "list"),
            "held": (*screenings, "go_on", "withdraw"),
            "returned": (*screenings, "panel"),
            "refused": screenings,
            "joined": (*screenings, "again", "separate"),
            "closed": ("older", "again"),
        }[self.at]

    def correct(self, decision: str, **changes: Any) -> None:
        self.screened(decision, **changes)
        if changes.get("stands", True) or decision == "domestic-abuse-pathway":
            self._takes_effect(decision)

    def _takes_effect(self, decision: str) -> None:
        if decision == "refer":
            if self.at == "not-referred" and self.was_joined:
                # The family is found again: the case is joined as before.
                self.join()
            elif self.at not in (*_STAYS, *_OVER) and self.so[0] != "resumed":
                self.at, self.so = "screened", ("screened", self.submission)
            elif self.so[0] == "screened" and self.at == "held":
                self.so = ("screened", self.submission)
            elif self.at == "joined":
                self._joined()
        elif decision == "domestic-abuse-pathway":
            self.at, self.so = "halted", ("screened", self.submission)
        elif self.at in _WITH_PROVIDER:
            self.closed("withdrawn", by_provider=False)
            self.at, self.so = "closed", ("closed", None)
        elif self.at not in _OVER:
            if self.at == "waiting" and self.dice.random() < 0.5:
                self.add(referral.CaseLeftWaitingList, service="mediation")
            self.was_joined = self.at == "joined" or (self.at == "not-referred" and self.was_joined)
            self.at = "held" if self.at == "held" else "not-referred"
            self.so = ("screened", self.submission)

    def again(self) -> None:
        self.correct("refer")

    def not_now(self) -> None:
        self.correct(self.dice.choice(("not-ready", "more-information")))

    def older(self) -> None:
        self.correct(self.dice.choice(("refer", "not-ready")), stands=False)

    def older_comes_into_force(self) -> None:
        """What came to stand later is published again."""
        older = [each for each in self.events if isinstance(each, ScreeningCompleted) and not each.stands]
        if older and self.at not in _OVER:
            self.revision += 1
            self.events.append(older[-1].model_copy(update={"stands": True, "revision": self.revision}))
            self.submission = older[-1].submission_id
            self._takes_effect(older[-1].decision)

    def sign(self) -> None:
        self.correct("domestic-abuse-pathway")
        self.halted("screening")
        self.so = ("halted", None)

    def sign_elsewhere(self) -> None:
        if self.at in ("joined", *_OVER):
            return
        fields = {"referral_id": None, "stopped_provider": None}
        self.add(referral.CaseHalted, raised_by="linked-family", known_elsewhere=True, **fields)
        self.at, self.so = "halted", ("joined", None)

    def agree(self) -> None:
        self.agreed()
        self.at, self.so = "agreed", ("agreed", None)

    def accept(self) -> None:
        self.accepted()
        self.at, self.so = "accepted", ("accepted", None)

    def meet(self) -> None:
        session = {"number": 1, "held_on": self.now.date(), "kind": "joint", "attendance": ()}
        self.add(referral.SessionRecorded, **session, **self.referral)
        self.so = ("session", None)

    def decline(self) -> None:
        self.declined()
        self.at, self.so = "screened", ("declined", None)

    def finish(self) -> None:
        self.closed("completed")
        self.at, self.so = "closed", ("closed", None)

    def withdraw(self) -> None:
        self.closed("withdrawn", by_provider=False)
        self.at, self.so = "closed", ("closed", None)

    def list(self) -> None:
        self._listed(3)

    def move_up(self) -> None:
        self._listed(max(1, self.so[1] - 1) if self.so[0] == "waiting" else 1)

    def leave(self) -> None:
        self.add(referral.CaseLeftWaitingList, service="mediation")
        self.at, self.so = "screened", ("left-waiting-list", None)

    def give_back(self) -> None:
        self.add(referral.CaseReturned, missing=("no-wrap-around",))
        self.at, self.so = "returned", ("returned", None)

    def refuse(self) -> None:
        self.add(referral.CaseRefused, reason="other")
        self.at, self.so = "refused", ("refused", None)

    def panel(self) -> None:
        self.add(referral.CaseTakenToPanel)
        self.at, self.so = "at-panel", ("at-panel", None)

    def hold(self) -> None:
        self.held()
        self.at, self.so = "held", ("held", None)

    def go_on(self) -> None:
        self.resumed()
        self.at, self.so = "screened", ("resumed", None)

    def join(self) -> None:
        self._joined()
        self.at, self.so = "joined", ("joined", None)

    def separate(self) -> None:
        self.go_on()

    def _joined(self) -> None:
        self.add(referral.CaseJoined, joined_to=uuid4(), referral_id=None, stopped_provider=None)

    def _listed(self, position: int) -> None:
        fields = {"offer": "an-offer", "provider": "next-door", "service": "mediation", "position": position}
        self.add(referral.CaseWaitingListed, **fields)
        self.at, self.so = "waiting", ("waiting", position)


def heard(
    events: list[Any], published: PublishedProgress | None = None, *, self_referral: bool = False
) -> list[CaseProgressed]:
    """What a front door reads of a case, in the order in which it is sent."""
    published, sent = published or PublishedProgress(), []
    for event in events:
        before_screening = False
        match event:
            case ScreeningCompleted():
                records = published.screened(event, progress_of_screening(event, None, event.occurred_at))
            case ScreeningTakenBack():
                records = published.taken_back(event, progress_of_taking_back(event, event.occurred_at))
            case referral.SequencedEvent():
                before_screening = event.revision > max(published.revision, 0)
                records = published.changed(event, progress_of_case(event, None, event.occurred_at))
            case _:
                continue
        if needs_neutral_records(published, agency_takes_self_referrals=self_referral):
            records = neutral_records(published, records, before_screening=before_screening)
        sent += [each.model_copy(update={"sequence": published.next_sequence()}) for each in records]
    return sent


def as_topics_race(events: list[Any], dice: Random) -> list[Any]:
    """The same events in another order: of each topic they stay in theirs."""
    topics: dict[str, list[Any]] = defaultdict(list)
    for event in events:
        if isinstance(event, ScreeningCompleted | ScreeningTakenBack | referral.SequencedEvent):
            topics[event.event_name].append(event)
    order = []
    while topics:
        name = dice.choice(sorted(topics))
        order.append(topics[name].pop(0))
        if not topics[name]:
            del topics[name]
    return order


def newest(records: list[CaseProgressed]) -> CaseProgressed:
    return max(records, key=lambda each: each.sequence)


def state_of(record: CaseProgressed) -> tuple[str, Any]:
    match record.step:
        case "screened":
            return record.step, record.submission_id
        case "waiting":
            return record.step, record.position
    return record.step, None


def _is_so(life: Life, record: CaseProgressed) -> bool:
    if life.so[0] == "halted":
        return record.next_steps[0].code == "specialist-support"
    return state_of(record) == life.so


@settings(max_examples=800, deadline=None)
@given(st.integers(0, 2**48), st.integers(0, 12))
def test_the_newest_record_gives_the_current_state(seed: int, steps: int) -> None:
    life = Life(Random(seed)).lead(steps)
    order = as_topics_race(life.events, Random(seed + 1))
    records = heard(order)
    assert [each.sequence for each in records] == list(range(1, len(records) + 1))
    assert _is_so(life, newest(records)), (life.so, [state_of(each) for each in records], [e.event_name for e in order])
    answered = [each.submission_id for each in records if each.step == "screened" and not each.said_again]
    screened = {event.submission_id for event in life.events if isinstance(event, ScreeningCompleted)}
    assert sorted(map(str, answered)) == sorted(map(str, screened))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48), st.integers(0, 12))
def test_nothing_that_happened_is_left_out_and_nothing_is_published_twice(seed: int, steps: int) -> None:
    life = Life(Random(seed)).lead(steps)
    records = heard(as_topics_race(life.events, Random(seed + 1)))
    happened = {"agreed", "accepted", "declined", "session", "closed"}
    reported = [each.step for each in records if each.step in happened and not each.said_again]
    events = [each for each in life.events if isinstance(each, referral.SequencedEvent)]
    wanted = [step for each in events if (step := progress_of_case(each, None, each.occurred_at).step) in happened]
    assert sorted(reported) == sorted(wanted)


def test_the_second_in_line_who_withdraws_learns_that_it_left_the_list_and_what_was_decided() -> None:
    story = Story().screened()
    fields = {"offer": "an-offer", "provider": "next-door", "service": "mediation"}
    story.add(referral.CaseWaitingListed, position=2, **fields).add(referral.CaseWaitingListed, position=1, **fields)
    story.screened("not-ready")
    records = heard(story.events)
    assert [each.step for each in records] == ["screened", "waiting", "waiting", "left-waiting-list", "screened"]
    late = heard([*story.events[:1], story.events[-1], *story.events[1:-1]])
    assert "waiting" not in [each.step for each in late]
    assert newest(late).decision == newest(records).decision == "not-ready"


def test_a_case_from_before_the_order_goes_on_above_everything_that_was_published() -> None:
    story = Story().screened().agreed().accepted()
    records = heard(story.events, PublishedProgress(sequence=1_000_000))
    assert [each.sequence for each in records] == [1_000_001, 1_000_002, 1_000_003]


def test_a_screening_that_is_taken_back_leaves_what_is_in_force_instead() -> None:
    story = Story().screened().agreed().screened("refer")
    agreed, taken = story.events[0].submission_id, story.submission
    gone = {"agency": story.events[0].agency, "area": story.events[0].area, "family_ref": story.events[0].family_ref}
    back = ScreeningTakenBack(
        case_id=story.case_id,
        occurred_at=story.now,
        submission_id=taken,
        because="filed-under-another-family",
        stands=agreed,
        revision=3,
        **gone,
    )
    events = [each for each in story.events if isinstance(each, ScreeningCompleted | referral.SequencedEvent)]
    records = heard([*events, back])
    assert [(each.step, each.said_again) for each in records[-2:]] == [("taken-back", False), ("agreed", True)]
    # However late what was taken back arrives, it is not what is so.
    assert newest(heard([*events[:-1], back, events[-1]])).step == "agreed"


# One parent reads the answer.


def _as_read(records: list[CaseProgressed]) -> list[dict[str, Any]]:
    own = {"case_id", "occurred_at", "submission_id", "family_ref"}
    return [each.model_dump(mode="json", exclude=own) for each in records]


def _self_referral(life: Life) -> list[Any]:
    return [e.model_copy(update={"source": "self"}) if isinstance(e, ScreeningCompleted) else e for e in life.events]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**48), st.integers(0, 6), st.booleans())
def test_a_self_referrals_answers_are_the_same_whatever_the_other_parent_has_answered(
    seed: int, steps: int, racing: bool
) -> None:
    read = []
    for decision in ("domestic-abuse-pathway", "not-ready", "not-suitable", "more-information"):
        life = Life(Random(seed)).lead(steps)
        if life.at == "halted":
            return
        before = len(life.events)
        life.correct(decision, reasons=("parent-does-not-agree",))
        if decision == "domestic-abuse-pathway":
            life.halted("screening")
        news = [each for each in _self_referral(life)[before:] if not isinstance(each, DetailsKnown)]
        if racing:
            news.reverse()
        published = PublishedProgress()
        known = heard(_self_referral(life)[:before], published, self_referral=True)
        read.append(_as_read([*known, *heard(news, published, self_referral=True)]))
    assert all(each == read[0] for each in read)
    text = str(read)
    for word in ("abuse", "specialist", "does-not-agree", "crisis", "halted", "not-ready", "decision': 'd"):
        assert word not in text


def test_a_self_referral_has_one_answer_for_every_decision() -> None:
    answers = []
    for decision in ("refer", "universal-offer", "not-ready", "not-suitable", "domestic-abuse-pathway"):
        life = Life(Random(1))
        life.screened(decision)
        answers.append(_as_read(heard(_self_referral(life), self_referral=True)))
    assert all(each == answers[0] for each in answers)
    assert [step["code"] for step in answers[0][0]["next_steps"]] == ["ask-the-areas-team"]


# A family that another front door knows.


def test_sending_a_joined_family_again_answers_the_same_whether_or_not_it_was_halted_elsewhere() -> None:
    for decisions in (("refer",), ("not-ready",), ("more-information", "refer"), ("refer", "refer")):
        answers = []
        for halted in (False, True):
            life = Life(Random(1))
            life.correct("refer")
            life.join()
            if halted:
                fields = {"referral_id": None, "stopped_provider": None, "known_elsewhere": True}
                # It was told that a case is open already: the service does not tell of this one.
                life.add(referral.CaseHalted, raised_by="linked-family", told_already=True, **fields)
            for decision in decisions:
                life.screened(decision)
                if not halted and decision == "refer":
                    life._joined()
            events = [e for e in life.events if not (isinstance(e, referral.CaseHalted) and e.told_already)]
            answers.append(_as_read(heard(events)))
        assert answers[0] == answers[1], decisions


def test_a_case_is_published_under_its_own_reference_alone() -> None:
    records = heard(Life(Random(3)).lead(6).events)
    assert len({(each.case_id, each.family_ref) for each in records}) == 1
    assert all(isinstance(each.case_id, UUID) for each in records)
