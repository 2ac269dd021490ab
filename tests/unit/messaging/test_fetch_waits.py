"""An idle service does not ask Kafka twice a second; a record behind a batch in flight does not wait for long."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import ConnectionGroup

from shared.messaging.consuming import fetching
from shared.messaging.consuming.fetching import HURRIED_FETCH_MS, IDLE_FETCH_MS, FetchWaits, refresh_metadata
from shared.messaging.core.sessions import Connection

_KAFKAS_OWN_MS, _QUICK_MS = 500, 2_000
ONE, OTHER = TopicPartition("t", 0), TopicPartition("t", 1)


class _Fetcher(SimpleNamespace):
    """A consumer's fetcher, as far as it is looked at; `waits` are of the fetches that it prepared."""

    def __init__(self, buffered: Any = (), paused: Any = (), pattern: str | None = None) -> None:
        self.waits: list[int] = []
        super().__init__(_records=dict.fromkeys(buffered), _fetch_max_wait_ms=-1)
        self._get_actions_per_node = lambda _assignment: self.waits.append(self._fetch_max_wait_ms)
        states = {each: SimpleNamespace(paused=each in paused) for each in (ONE, OTHER)}
        self.assignment = SimpleNamespace(tps=states, state_value=states.__getitem__)
        self.kafka: Any = SimpleNamespace(
            _fetcher=self, _client=None, _subscription=SimpleNamespace(subscribed_pattern=pattern)
        )

    def fetch(self) -> int:
        self._get_actions_per_node(self.assignment)
        return self.waits[-1]


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock of fetches, for tests to set."""
    time = [100.0]
    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=lambda: time[0]))
    return time


@pytest.mark.parametrize(("buffered", "paused"), [((ONE,), ()), ((), (OTHER,)), ((ONE,), (OTHER,))])
def test_a_fetch_returns_soon_where_a_partition_is_left_out(buffered: Any, paused: Any, seconds: list[float]) -> None:
    fetcher = _Fetcher(buffered, paused)
    FetchWaits(fetcher.kafka, _QUICK_MS)
    seconds[0] += 60
    assert fetcher.fetch() == HURRIED_FETCH_MS


def test_a_fetch_waits_long_only_where_no_batch_may_have_to_be_read_again(seconds: list[float]) -> None:
    fetcher = _Fetcher()
    waits = FetchWaits(fetcher.kafka, _QUICK_MS)
    assert fetcher.fetch() == _KAFKAS_OWN_MS
    seconds[0] += 60
    assert fetcher.fetch() == IDLE_FETCH_MS
    waits.note_batch()
    assert fetcher.fetch() == _KAFKAS_OWN_MS
    seconds[0] += 1
    assert fetcher.fetch() == _KAFKAS_OWN_MS


def test_a_fetch_does_not_keep_the_look_for_new_topics_waiting(seconds: list[float]) -> None:
    """Both are asked for on one connection, whose requests the broker answers one after the other."""
    fetcher = _Fetcher(pattern="^front-door")
    FetchWaits(fetcher.kafka, _QUICK_MS)
    seconds[0] += 60
    assert fetcher.fetch() == _QUICK_MS


async def test_at_a_rebalance_the_next_fetch_goes_out_behind_none_that_waits(seconds: list[float]) -> None:
    fetcher, groups = _Fetcher(), (ConnectionGroup.DEFAULT, ConnectionGroup.COORDINATION)
    connections = {(1, group): Connection("127.0.0.1", 1) for group in groups}
    fetcher.kafka._client = SimpleNamespace(_conns=connections)
    waits = FetchWaits(fetcher.kafka, _QUICK_MS)
    seconds[0] += 60
    waits.release()
    assert [each._retired for each in connections.values()] == [True, False]
    assert fetcher.fetch() == _KAFKAS_OWN_MS


@pytest.mark.parametrize(
    ("topics", "pattern", "age_ms"),
    [({"known"}, None, 60_000), ({"known", "missing"}, None, _QUICK_MS), ({"known"}, "^k", _QUICK_MS)],
)
def test_topics_are_asked_for_often_where_one_can_appear(topics: Any, pattern: str | None, age_ms: int) -> None:
    forced: list[bool] = []
    client = SimpleNamespace(
        _metadata_max_age_ms=300_000,
        cluster=SimpleNamespace(partitions_for_topic=lambda topic: {0} if topic == "known" else None),
        force_metadata_update=lambda: forced.append(True),
    )
    subscription = SimpleNamespace(subscription=SimpleNamespace(topics=topics), subscribed_pattern=pattern)
    kafka: Any = SimpleNamespace(_client=client, _subscription=subscription)
    for _ in range(2):
        refresh_metadata(kafka, _QUICK_MS)
    assert (client._metadata_max_age_ms, forced) == (age_ms, [True])
