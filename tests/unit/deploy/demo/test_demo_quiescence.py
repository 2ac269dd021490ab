"""When everything has come to rest."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from deploy.demo import quiescence
from deploy.demo.provider_process import Report
from deploy.demo.quiescence import Rest, Situation, wait_until_settled
from deploy.stack.errors import ParleyError

REST = Situation(
    not_ready=(), unread={}, unsent={}, e_mails_sent=5, e_mails_queued=0, ends={"case-closed": 3}, providers=Report()
)
READING = replace(REST, unread={"referral.provider-updates": 4})


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


def settled(*situations: Situation, rest: Rest = Rest.E_MAILS) -> int:
    """How many looks it took."""
    look, seen = looking(*situations)
    wait_until_settled(look, rest, lambda _now: None)
    return len(seen)


def test_rest_must_be_seen_twice() -> None:
    assert settled(REST, REST) == 2
    assert settled(REST, READING, REST, REST) == 4


def test_something_new_in_between_is_no_rest() -> None:
    later = replace(REST, ends={"case-closed": 4})
    assert settled(REST, later, later) == 3


@pytest.mark.parametrize(
    "busy",
    [
        READING,
        replace(REST, unsent={"screening": 1}),
        replace(REST, not_ready=("outcomes",)),
        replace(REST, e_mails_queued=2),
    ],
)
def test_whatever_is_under_way_is_no_rest(busy: Situation) -> None:
    assert settled(busy, REST, REST) == 3


def test_providers_and_e_mails_count_only_when_they_are_waited_for() -> None:
    asked = replace(REST, unread={"provider.a.demo": 5}, providers=Report(waiting=2), e_mails_queued=9)
    answered = replace(REST, e_mails_queued=9)
    assert settled(asked, asked, rest=Rest.DECISIONS) == 2
    assert settled(asked, answered, answered, rest=Rest.ANSWERS) == 3
    assert settled(asked, answered, REST, REST, rest=Rest.E_MAILS) == 4


def test_a_standstill_is_said_with_what_is_unfinished() -> None:
    with pytest.raises(ParleyError, match=r"referral\.provider-updates has 4 records to read"):
        wait_until_settled(lambda: READING, Rest.ANSWERS, lambda _now: None, seconds=0)


def test_a_topic_that_nobody_has_noticed_is_unread() -> None:
    groups = [{"group": "referral.provider-updates", "total": 0, "lag": {"provider.a.updates": 0}}]
    ends = {"provider.a.updates": 7, "provider.b.updates": 9, "provider.c.updates": 0, "case-closed": 4}
    assert quiescence.unread_records(groups, ends) == {"referral.provider-updates": 0, "referral": 9}
