"""Links between front doors' families: whatever order likenesses are found in, the same families come of them."""

from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.families.domain.groups import MemberKey, Pair, family_id, pair_of
from services.families.domain.links import Attribution, Known, Links, NotAllowedError, Status
from services.families.domain.matching import Verdict

NOW = datetime(2025, 4, 1, tzinfo=UTC)
BY = Attribution("coordinator", NOW, "spoken with both")
A, B, C, D = (MemberKey(agency, "F1") for agency in ("court", "mash", "police", "school"))


def found(one: MemberKey, other: MemberKey, verdict: Verdict, weight: float = 50.0, *, across: bool = False) -> Known:
    return Known(pair_of(one, other), Status.OPEN, across, NOW, verdict, weight, {})


def links(*found_: Known, members: tuple[MemberKey, ...] = (A, B, C, D)) -> Links:
    made = Links(members, {})
    for each in found_:
        made.record(each)
    return made


def families(made: Links) -> set[frozenset[MemberKey]]:
    return {made.family_of(member) for member in made.members}


def test_what_is_certain_is_linked_and_what_is_doubtful_waits_for_a_person() -> None:
    made = links(found(A, B, Verdict.CERTAIN), found(B, C, Verdict.DOUBTFUL))
    assert made.family_of(A) == {A, B}
    assert [made.outcome(member) for member in (A, B, C, D)] == ["doubtful", "doubtful", "doubtful", "alone"]
    made.confirm(pair_of(B, C), BY)
    assert made.family_of(A) == {A, B, C}
    assert made.outcome(A) == "linked"
    assert [(line.what, line.by) for line in made.history] == [("linked", "matching"), ("confirmed", "coordinator")]


def test_families_of_two_areas_are_never_linked() -> None:
    made = links(found(A, B, Verdict.CERTAIN, across=True))
    assert made.outcome(A) == "doubtful"
    with pytest.raises(NotAllowedError, match="share no case data"):
        made.confirm(pair_of(A, B), BY)
    with pytest.raises(NotAllowedError, match="share no case data"):
        made.link(pair_of(A, C), BY, across_areas=True)
    made.note(pair_of(A, B), BY)
    assert families(made) == {frozenset({each}) for each in (A, B, C, D)}
    assert made.outcome(A) == "alone"


def test_what_a_person_separated_or_rejected_is_not_linked_again_by_evidence() -> None:
    made = links(found(A, B, Verdict.CERTAIN), found(C, D, Verdict.DOUBTFUL))
    made.separate(A, BY)
    made.reject(pair_of(C, D), BY)
    made.record(found(A, B, Verdict.CERTAIN, 90.0))
    assert made.outcome(A) == "alone"
    # Stronger evidence than what was rejected is shown to a person again, and not linked.
    made.record(found(C, D, Verdict.CERTAIN, 90.0))
    assert made.outcome(C) == "doubtful"
    assert made.family_of(C) == {C}


def test_who_alone_held_a_family_together_leaves_it_in_pieces() -> None:
    made = links(found(A, B, Verdict.CERTAIN), found(B, C, Verdict.CERTAIN), found(A, D, Verdict.CERTAIN))
    made.separate(B, BY)
    assert families(made) == {frozenset({A, D}), frozenset({B}), frozenset({C})}
    assert made.separated == [(frozenset({A, D}), frozenset({B}), frozenset({C}))]
    assert family_id({A, D}) == family_id({A, B, C, D}), "who stays with the first member keeps the family's id"


@st.composite
def findings(draw: st.DrawFn) -> list[Known]:
    pairs: list[Pair] = [Pair(*each) for each in combinations((A, B, C, D), 2)]
    verdicts = st.sampled_from([Verdict.CERTAIN, Verdict.DOUBTFUL])
    return [
        Known(pair, Status.OPEN, draw(st.booleans()), NOW, draw(verdicts), float(draw(st.integers(1, 9))), {})
        for pair in draw(st.lists(st.sampled_from(pairs), max_size=8))
    ]


@given(findings(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_order_in_which_likenesses_are_found_does_not_matter(listed: list[Known], chance: object) -> None:
    shuffled = list(listed)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = links(*listed), links(*shuffled)
    assert families(one) == families(other)
    assert [one.outcome(member) for member in one.members] == [other.outcome(member) for member in one.members]
    assert {pair: known.status for pair, known in one.known.items()} == {
        pair: known.status for pair, known in other.known.items()
    }


@given(findings(), findings(), st.sampled_from([None, A, B]))
@settings(max_examples=150)
def test_what_is_based_on_a_screening_that_was_taken_back_is_as_if_it_had_never_come(
    left: list[Known], void: list[Known], leaves: MemberKey | None
) -> None:
    made, without = links(*left, *void), links(*left)
    # What a person said meanwhile stays.
    cut = {pair_of(leaves, each) for each in made.family_of(leaves) - {leaves}} if leaves else set()
    if leaves and cut:
        made.separate(leaves, BY)
    before = {made.family_of(member) for member in made.members}
    made.separated.clear()
    made.weigh_again({each.pair: without.known.get(each.pair) for each in void}, NOW)
    for pair in cut:
        without.known[pair] = made.known[pair]
    alone = links(members=without.members)
    alone.known = without.known
    assert families(made) == families(alone)
    assert [made.outcome(member) for member in (A, B, C, D)] == [alone.outcome(member) for member in (A, B, C, D)]
    assert {pair: known.status for pair, known in made.known.items()} == {
        pair: known.status for pair, known in alone.known.items()
    }
    assert {frozenset().union(*parts) for parts in made.separated} == before - families(made), "each is told"
    assert made.dropped.isdisjoint(made.known)


def test_a_persons_link_is_shown_again_once_its_evidence_was_taken_back() -> None:
    made = links(found(A, B, Verdict.DOUBTFUL), found(B, C, Verdict.CERTAIN))
    made.confirm(pair_of(A, B), BY)
    made.weigh_again({pair_of(A, B): None}, NOW)
    assert (made.family_of(A), made.separated) == ({A, B, C}, [])
    assert made.known[pair_of(A, B)].look_again
    made.record(found(A, B, Verdict.DOUBTFUL))
    assert made.known[pair_of(A, B)].look_again, "weaker than a person's word"
    made.confirm(pair_of(A, B), BY)
    assert not made.known[pair_of(A, B)].look_again
    with pytest.raises(NotAllowedError, match="linked already"):
        made.confirm(pair_of(A, B), BY)


def test_what_was_rejected_is_linked_by_no_evidence_however_strong_it_becomes() -> None:
    made = links(found(A, B, Verdict.DOUBTFUL))
    made.reject(pair_of(A, B), BY)
    for weight in (60.0, 70.0, 80.0):
        made.record(found(A, B, Verdict.CERTAIN, weight))
        assert (made.family_of(A), made.outcome(A)) == ({A}, "doubtful")
    made.weigh_again({pair_of(A, B): found(A, B, Verdict.DOUBTFUL)}, NOW)
    assert made.known[pair_of(A, B)].status is Status.REJECTED
