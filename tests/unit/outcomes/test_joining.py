"""Whoever knows everything about a family does no better than guessing among as many as its area's smallest group."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.outcomes.domain.alike import Plan, plan
from services.outcomes.domain.detail import DAY, FIELDS, contents_of
from tests.support import joining
from tests.support.joining import AREA, BEGIN

_MONTHS = 5
_UNTIL = BEGIN + timedelta(days=_MONTHS * 31 + 200)
SMALLEST = 5


def bound(cases: int, smallest: int) -> float:
    """How often guessing may be right by luck: four standard deviations above its share."""
    share = 1 / smallest
    return share + 4 * sqrt(share * (1 - share) / cases)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 60), st.integers(1, _MONTHS), st.integers(2, 5))
def test_every_case_shares_its_whole_history_on_the_topic_with_enough_others(
    seed: int, count: int, months: int, smallest: int
) -> None:
    """Whatever an attack goes by, it cannot tell those apart: no attack of any kind does better than guessing."""
    cases = joining.world(seed, count, months)
    topic = joining.published_in_batches(cases, smallest, _UNTIL, 17)
    alike = Counter(joining.histories(topic.seen).values())
    assert min(alike.values(), default=smallest) >= smallest
    assert joining.by_time(cases, topic.seen) <= 1 / smallest
    assert joining.by_attributes(cases, topic.seen) <= 1 / smallest
    assert joining.by_attributes(cases, topic.seen, and_time=True) <= 1 / smallest


@pytest.fixture(scope="module")
def cases() -> list[joining.Case]:
    return joining.world(7, 200, _MONTHS)


def test_the_attacks_find_who_is_published_at_once(cases: list[joining.Case]) -> None:
    """As it was: what these attacks are worth where there is something to find."""
    seen = joining.published_at_once(cases)
    assert joining.by_time(cases, seen) > 0.95
    assert joining.by_order(cases, seen) > 0.95
    assert joining.by_attributes(cases, seen) > 0.5


def test_neither_time_nor_turn_nor_attributes_find_who_is_published_in_batches(cases: list[joining.Case]) -> None:
    topic = joining.published_in_batches(cases, SMALLEST, _UNTIL, 15)
    assert len(topic.published) > len(cases) / 2, "there must be something to find"
    for attack in (joining.by_time, joining.by_order, joining.by_attributes):
        assert attack(cases, topic.seen) <= bound(len(topic.published), SMALLEST), attack.__name__


@pytest.mark.parametrize(("leak", "attack"), [("moments", joining.by_time), ("ordered", joining.by_order)])
def test_a_leak_that_is_planted_is_found(cases: list[joining.Case], leak: str, attack: object) -> None:
    topic = joining.published_in_batches(cases, SMALLEST, _UNTIL, 15, **{leak: True})
    found = {each.pseudonym for each in topic.seen}
    of_these = [case for case in cases if case.id in found]
    rate = joining.by_time(of_these, topic.seen) if leak == "moments" else _in_batches_by_order(of_these, topic)
    assert rate > bound(len(of_these), SMALLEST), attack


def _in_batches_by_order(cases: list[joining.Case], topic: joining.Topic) -> float:
    """By turn within what looks alike: the first of a batch's cohort is the first of these families."""
    right = 0
    first = {each.pseudonym: place for place, each in reversed([*enumerate(topic.seen)]) for each in (each,)}
    alike: dict[object, list[joining.Case]] = {}
    histories = joining.histories(topic.seen)
    for case in cases:
        alike.setdefault(histories[case.id], []).append(case)
    for those in alike.values():
        by_turn = sorted(those, key=lambda case: first[case.id])
        by_begin = sorted(those, key=lambda case: case.happened[0].at)
        right += sum(one is other for one, other in zip(by_turn, by_begin, strict=True))
    return right / len(cases)


def test_a_turn_within_what_looks_alike_is_of_no_use(cases: list[joining.Case]) -> None:
    topic = joining.published_in_batches(cases, SMALLEST, _UNTIL, 15)
    found = [case for case in cases if case.id in topic.published]
    assert _in_batches_by_order(found, topic) <= bound(len(found), SMALLEST)


def test_where_nothing_is_held_back_each_fact_comes_as_it_is_and_the_next_day() -> None:
    cases = joining.world(11, 12, 2)
    topic = joining.published_in_batches(cases, 1, _UNTIL, 1)
    end = datetime.combine(_UNTIL, time(), UTC)
    for case in cases:
        published = topic.published[case.id]
        now = dict(zip(published.keys, published.now, strict=True))
        assert now == contents_of(case.rows(end), DAY, _UNTIL, at_once=True)
    for each in topic.seen:
        assert each.at.time() == time()
    assert len(topic.seen) == sum(len({(h.at.date(), str(h.row)) for h in case.happened}) for case in cases)


def test_what_is_held_back_is_counted(cases: list[joining.Case]) -> None:
    rows = {case.id: case.rows(datetime.combine(_UNTIL, time(), UTC)) for case in cases}
    made = plan(rows, {}, lambda _: SMALLEST, AREA, _UNTIL, iter(range(1_000)))
    assert sum(made.by_detail.values()) + made.cases_held_back == len(cases)
    assert made.cases_held_back > 0
    content = sum(len(change.after.now) for change in made.changes)
    assert content + made.facts_held_back == sum(map(len, rows.values()))
    # One that is on its own stays so.
    alone = dict([*rows.items()][:1])
    kept = plan(alone, {}, lambda _: SMALLEST, AREA, _UNTIL, iter(range(1_000)))
    assert (kept.changes, kept.cases_held_back, kept.facts_held_back) == ([], 1, sum(map(len, alone.values())))


def test_a_correction_of_one_family_waits_and_one_of_enough_is_published() -> None:
    """A record that comes again on its own names the family whose front door has just corrected it."""
    case = next(each for each in joining.world(3, 50, 1) if len(each.happened) == 1)
    (row,) = case.rows(datetime.combine(_UNTIL, time(), UTC))
    ids = [joining.world(seed, 1, 1)[0].id for seed in range(2 * SMALLEST)]
    rows = {id_: [{**row, "case_id": id_}] for id_ in ids}
    first = plan(rows, {}, lambda _: SMALLEST, AREA, _UNTIL, iter(range(100)))
    known = {change.case_id: change.after for change in first.changes}
    assert len(known) == 2 * SMALLEST

    def corrected(count: int) -> Plan:
        other = {id_: [{**row, "case_id": id_, "decision": "not-ready", "parents": 1}] for id_ in ids[:count]}
        return plan(rows | other, known, lambda _: SMALLEST, AREA, _UNTIL, iter(range(100, 200)))

    for count, changes, waiting in ((1, 0, 1), (SMALLEST - 1, 0, SMALLEST - 1), (SMALLEST, SMALLEST, 0)):
        made = corrected(count)
        assert (len(made.changes), made.changes_waiting) == (changes, waiting), count
    # Those who would be left behind must be enough, too.
    left = corrected(SMALLEST + 1)
    assert (len(left.changes), left.changes_waiting) == (0, SMALLEST + 1)


def test_a_month_that_is_not_over_is_not_published() -> None:
    (case,) = joining.world(3, 1, 1)
    row = {**case.happened[0].row, "happened_on": BEGIN}
    rows = {joining.world(seed, 1, 1)[0].id: [row] for seed in range(SMALLEST)}
    place = FIELDS.index("detail")
    for today, details in ((BEGIN + timedelta(days=30), []), (BEGIN + timedelta(days=31), ["day"] * SMALLEST)):
        made = plan(rows, {}, lambda _: SMALLEST, AREA, today, iter(range(100)))
        assert [content[place] for change in made.changes for content in change.after.now if content] == details
