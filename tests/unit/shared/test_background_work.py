"""Background work ends when it is cancelled, whatever a library does with the cancellation."""

import asyncio
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from shared.messaging.changelog.writer import Changelog
from shared.messaging.core import retry
from shared.service.serve import _cancelled
from shared.service.settings import ServiceSettings


async def test_work_that_ignores_a_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.serve._ASK_AGAIN_S", 0.02)
    unheard = 0

    async def hard_of_hearing() -> None:
        nonlocal unheard
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                unheard += 1
                if unheard == 3:
                    raise

    task = asyncio.create_task(hard_of_hearing())
    await asyncio.sleep(0)
    await asyncio.wait_for(_cancelled(task), 5)
    assert task.cancelled()
    assert unheard == 3


async def test_a_changelog_ends_although_kafka_is_away_when_its_round_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began = asyncio.Event()

    async def a_round_that_is_taken_back(_self: Any) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise KafkaConnectionError("the round could not be taken back") from None

    monkeypatch.setattr(Changelog, "_work", a_round_that_is_taken_back)
    monkeypatch.setattr(retry, "PAUSE_S", 0.0)
    task = asyncio.create_task(Changelog(ServiceSettings(), "referral").run())
    await began.wait()
    task.cancel()
    done, _ = await asyncio.wait((task,), timeout=5)
    assert done
    assert task.cancelled()
