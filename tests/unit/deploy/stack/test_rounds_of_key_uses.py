"""When records of unwrapped keys that are past their time are removed."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from deploy.stack import key_uses


class StoppedError(Exception):
    """The stack ends here."""


@pytest.mark.parametrize("fault", [None, OSError])
async def test_the_first_round_is_a_minute_after_the_start_and_then_one_a_day(
    monkeypatch: pytest.MonkeyPatch, fault: type[Exception] | None
) -> None:
    happened: list[float | str] = []

    async def sleep(seconds: float) -> None:
        if len(happened) == 4:
            raise StoppedError
        happened.append(seconds)

    async def remove(_stack: Any, _now: datetime) -> int:
        happened.append("round")
        if fault:
            raise fault
        return 1

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(key_uses, "remove_past_term", remove)
    stack: Any = None
    with pytest.raises(StoppedError):
        await key_uses.keep_to_term(stack)
    assert happened == [60.0, "round", 24 * 60 * 60.0, "round"]
