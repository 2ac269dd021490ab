"""When everything has come to level."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from deploy.demo import quiescence
from deploy.demo.provider_process import Report
from deploy.demo.quiescence import Quiescence, Situation, wait_until_quiescent
from deploy.stack.errors import ParleyError

QUIESCENT = Situation(
    not_ready=(), unread={}, unsent={}, e_mails_sent=5, e_mails_queued=0, ends={"case-closed": 3}, providers=Report()
)
READING = replace(QUIESCENT, unread={"referral.provider-updates": 4})


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def looking(*situations: Situation) -> tuple[Callable[[], Situation], list[Situation]]:
    seen: list[Situation] = []
    series: Iterator[Situation] = iter(situations)

    def look() -> Situation:
        seen.append(next(series))
        return seen[-1]

    return look, seen


def looks_until_quiescent(*situations: Situation, level: Quiescence = Quiescence.E_MAILS) -> int:
    """How many looks it took."""
    look, seen = looking(*situations)
    wait_until_quiescent(look, level, lambda _now: None)
    return len(seen)


def test_quiescence_must_be_seen_twice() -> None:
    assert looks_until_quiescent(QUIESCENT, QUIESCENT) == 2
    assert looks_until_quiescent(QUIESCENT, READING, QUIESCENT, QUIESCENT) == 4


def test_new_records_in_between_are_not_quiescence() -> None:
    later = replace(QUIESCENT, ends={"case-closed": 4})
    assert looks_until_quiescent(QUIESCENT, later, later) == 3


@pytest.mark.parametrize(
    "busy",
    [
        READING,
        replace(QUIESCENT, unsent={"screening": 1}),
        replace(QUIESCENT, not_ready=("outcomes",)),
        replace(QUIESCENT, e_mails_queued=2),
    ],
)
def test_unfinished_work_is_not_quiescence(busy: Situation) -> None:
    assert looks_until_quiescent(busy, QUIESCENT, QUIESCENT) == 3


def test_providers_and_e_mails_count_only_when_they_are_waited_for() -> None:
    asked = replace(QUIESCENT, unread={"provider.a.demo": 5}, providers=Report(waiting=2), e_mails_queued=9)
    answered = replace(QUIESCENT, e_mails_queued=9)
    assert looks_until_quiescent(asked, asked, level=Quiescence.DECISIONS) == 2
    assert looks_until_quiescent(asked, answered, answered, level=Quiescence.ANSWERS) == 3
    assert looks_until_quiescent(asked, answered, QUIESCENT, QUIESCENT, level=Quiescence.E_MAILS) == 4


def test_a_standstill_is_reported_with_what_is_unfinished() -> None:
    with pytest.raises(ParleyError, match=r"referral\.provider-updates has 4 records to read"):
        wait_until_quiescent(lambda: READING, Quiescence.ANSWERS, lambda _now: None, seconds=0)


def test_a_topic_that_nobody_has_noticed_is_unread() -> None:
    groups = [{"group": "referral.provider-updates", "total": 0, "lag": {"provider.a.updates": 0}}]
    ends = {"provider.a.updates": 7, "provider.b.updates": 9, "provider.c.updates": 0, "case-closed": 4}
    assert quiescence.unread_records(groups, ends) == {"referral.provider-updates": 0, "referral": 9}
