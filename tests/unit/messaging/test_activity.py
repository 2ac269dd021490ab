"""What looks for work of its own looks often while a service is at work, and at once when it was idle."""

import asyncio
import time

from shared.messaging.core.activity import ALWAYS_S, Activity


async def _paused(activity: Activity, at_work_s: float, idle_s: float, wake: asyncio.Event | None = None) -> float:
    began = time.monotonic()
    await activity.pause(at_work_s, idle_s, wake)
    return time.monotonic() - began


async def test_at_work_it_looks_often() -> None:
    assert await _paused(Activity(), 0.01, 30) < 5
    assert await _paused(Activity(ALWAYS_S), 0.01, 30) < 5


async def test_idle_it_looks_rarely_but_never_more_often_than_at_work() -> None:
    assert await _paused(Activity(lingers_s=0), 0.01, 0.2) > 0.15
    assert await _paused(Activity(lingers_s=0), 0.2, 0.01) > 0.15


async def test_whoever_pauses_idle_looks_at_once_when_something_happens() -> None:
    activity = Activity(lingers_s=0)
    asyncio.get_running_loop().call_later(0.05, activity.note)
    assert await _paused(activity, 0.01, 30) < 5


async def test_what_happened_makes_it_look_often_again() -> None:
    activity = Activity(lingers_s=0.2)
    await asyncio.sleep(0.3)
    activity.note()
    assert await _paused(activity, 0.01, 30) < 5


async def test_at_work_only_its_own_event_cuts_a_pause_short() -> None:
    activity, mine = Activity(), asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, activity.note)
    assert await _paused(activity, 0.2, 30) > 0.15
    asyncio.get_running_loop().call_later(0.05, mine.set)
    assert await _paused(activity, 20, 30, mine) < 5
