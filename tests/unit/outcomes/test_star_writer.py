"""What a rebuild of the star says of two versions, and that whoever asks or ends meanwhile is in nobody's way."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from services.outcomes.handlers.star import StarWriter, Written, in_thread
from services.outcomes.repository.star_folder import Manifest, Version

_FILES = {
    "reported/training_said/part-0.parquet": "a",
    "reported/offer_price/part-0.parquet": "a",
    "star/training/part-0.parquet": "a",
    "star/area/part-0.parquet": "a",
    "star/case/month=2025-04/part-0.parquet": "a",
    "star/referral/month=2025-04/part-0.parquet": "a",
}


def differing(*places: str, stale: frozenset[str] = frozenset()) -> list[str]:
    now = _FILES | dict.fromkeys(places, "b")
    before, version = (Version(Path("/none"), Manifest(files=files)) for files in (_FILES, now))
    return Written(version, before, [], stale).differing()


def writer(folder: Path) -> StarWriter:
    nobody: Any = None
    return StarWriter(nobody, nobody, nobody, folder)


@pytest.mark.parametrize(
    "place",
    ["star/training/part-0.parquet", "star/case/month=2025-04/part-0.parquet"],
)
def test_a_file_that_is_other_than_before_is_named(place: str) -> None:
    assert differing(place) == [place]


def test_what_a_training_that_came_between_two_writings_changes_is_no_difference() -> None:
    assert differing("reported/training_said/part-0.parquet", "star/training/part-0.parquet") == []
    case = "star/case/month=2025-04/part-0.parquet"
    assert differing("reported/training_said/part-0.parquet", "star/training/part-0.parquet", case) == [case]


def test_a_price_that_came_between_explains_referrals_and_nothing_else_of_a_month() -> None:
    price, referral = "reported/offer_price/part-0.parquet", "star/referral/month=2025-04/part-0.parquet"
    case = "star/case/month=2025-04/part-0.parquet"
    assert differing(price, referral) == []
    assert differing(price, referral, case) == [case]
    assert differing("reported/training_said/part-0.parquet", referral) == [referral]
    assert differing(referral, case, stale=frozenset({"2025-04"})) == []


def test_whoever_asks_while_it_is_written_again_waits_for_the_same(tmp_path: Path) -> None:
    star = writer(tmp_path)
    star.ask_for_rebuild()
    first = star.progress
    first.months, first.done = 9, 4
    star.ask_for_rebuild()
    assert star.progress is first
    assert (first.is_writing, first.done) == (True, 4)
    first.is_writing = False
    star.ask_for_rebuild()
    assert star.progress is not first
    assert star.progress.is_writing


async def test_who_is_cancelled_waits_for_the_thread() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    waiting = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    waiting.cancel()
    await asyncio.sleep(0.05)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_what_goes_wrong_in_the_thread_is_raised() -> None:
    def work() -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        await in_thread(work)
