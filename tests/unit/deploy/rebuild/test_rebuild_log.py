"""A partition that is read right after its broker has started."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from deploy.rebuild import log
from deploy.stack.errors import ParleyError


class Starting:
    """A consumer of a broker that answers with these errors first; what the partition has had is gone."""

    def __init__(self, *errors: int) -> None:
        self._errors = list(errors)

    def get_watermark_offsets(self, _place: Any, timeout: float) -> tuple[int, int]:
        if self._errors:
            raise KafkaException(KafkaError(self._errors.pop(0)))
        return 7, 7

    def close(self) -> None:
        """Nothing is open."""


def _read(monkeypatch: pytest.MonkeyPatch, *errors: int) -> list[Any]:
    monkeypatch.setattr(log, "Consumer", lambda _settings: Starting(*errors))
    monkeypatch.setattr(log, "_AGAIN_SECONDS", 0)
    return list(log.read_to_end({}, "referral.changelog", 0, lambda *_: None))


def test_a_partition_that_has_no_leader_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = (KafkaError.LEADER_NOT_AVAILABLE, KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.NOT_LEADER_FOR_PARTITION)
    assert _read(monkeypatch, *errors) == []


def test_any_other_answer_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParleyError, match=r"referral\.changelog cannot be read"):
        _read(monkeypatch, KafkaError.TOPIC_AUTHORIZATION_FAILED)


def test_a_leader_that_never_comes_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_SECONDS", 0)
    with pytest.raises(ParleyError, match=r"referral\.changelog cannot be read"):
        _read(monkeypatch, *[KafkaError.NOT_LEADER_FOR_PARTITION] * 1000)
