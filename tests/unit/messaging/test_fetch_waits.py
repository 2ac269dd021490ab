"""An idle service does not ask Kafka ten times a second; a record behind a batch in flight does not wait for long."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared.messaging.consuming.fetching import HURRIED_FETCH_MS, hurry_only_where_needed

_KAFKAS_OWN_MS = 500
ONE, OTHER = TopicPartition("t", 0), TopicPartition("t", 1)


@pytest.mark.parametrize(
    ("buffered", "paused", "hurried"),
    [((), (), False), ((ONE,), (), True), ((), (OTHER,), True), ((ONE,), (OTHER,), True)],
)
def test_a_fetch_returns_soon_only_where_a_partition_is_left_out(buffered: Any, paused: Any, hurried: bool) -> None:
    waits: list[int] = []
    fetcher = SimpleNamespace(_records=dict.fromkeys(buffered), _fetch_max_wait_ms=-1)
    fetcher._get_actions_per_node = lambda _assignment: waits.append(fetcher._fetch_max_wait_ms)
    hurry_only_where_needed(SimpleNamespace(_fetcher=fetcher))  # type: ignore[arg-type]
    states = {each: SimpleNamespace(paused=each in paused) for each in (ONE, OTHER)}
    fetcher._get_actions_per_node(SimpleNamespace(tps=states, state_value=states.__getitem__))
    assert waits == [HURRIED_FETCH_MS if hurried else _KAFKAS_OWN_MS]
