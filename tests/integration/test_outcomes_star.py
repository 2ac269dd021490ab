"""The star is what PostgreSQL's rules make of the same events, the same bytes however they came, and never half."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from deploy.stack.home import Stack
from deploy.stack.services import SERVICES
from services.outcomes.domain.star.reported import CASES
from services.outcomes.domain.star.tables import PARTITIONED, STAR
from services.outcomes.handlers.star import StarWriter
from services.outcomes.repository import star_writing
from services.outcomes.repository.star_folder import StarFolder
from services.outcomes.repository.star_reading import open_star
from shared.access.roles import Role
from tests.support.case_stories import AREA, START, Story
from tests.support.identity import signed_in
from tests.support.outcomes_service import Outcomes, running
from tests.support.star import random_story, star_of
from tests.support.star_facts import COMPARED

ELSEWHERE = "E07000086"
_CASES = 60
_OF_SCREENING = ("reported/screening", "star/case", "star/screening")


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def writer(outcomes: Outcomes, folder: Path) -> StarWriter:
    return StarWriter(outcomes.pool, outcomes.clock, outcomes.publisher, folder, memory_mb=512)


def stories(seed: int, count: int = _CASES) -> list[Story]:
    """Cases of several months, in two areas."""
    chance, made = Random(seed), []
    for _ in range(count):
        story = random_story(chance, chance.choice([AREA, ELSEWHERE]))
        days = timedelta(days=chance.choice([0, 35, 70]))
        story.events = [
            event.model_copy(
                update={
                    name: getattr(event, name) + days
                    for name in ("occurred_at", "submitted_at", "held_on")
                    if hasattr(event, name)
                }
            )
            for event in story.events
        ]
        made.append(story)
    return made


async def reported(outcomes: Outcomes, chance: Random, *of: Story, batch: int = 500) -> None:
    """All their events, in an order made by chance."""
    events = [event for story in of for event in story.events]
    await outcomes.take(chance.sample(events, len(events)), batch=batch)
    await outcomes.publisher.catch_up()


def files(folder: Path) -> dict[str, bytes]:
    root = (folder / "current").resolve()
    return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()}


async def directory(outcomes: Outcomes) -> None:
    await outcomes.pool.execute(
        """
        INSERT INTO offer_price VALUES ('common-ground-mediation', 12345, 'session', 1);
        INSERT INTO region VALUES ('south', 'The south', '{E10000014,E07000086}', 1);
        UPDATE area_figures SET population = '{"of": "all", "source": "us", "sex": {"female": 7, "male": 5}}';
        INSERT INTO training_said (training_id, position, practitioner_id, modules, completed_on, areas, recorded_on)
            SELECT gen_random_uuid(), row_number() OVER (), practitioner_id, '{m,n}', submitted_at::date, '{E10000014}',
                submitted_at::date
            FROM screening ORDER BY submission_id LIMIT 20;
        INSERT INTO training_use_said SELECT training_id, 100, position % 2 = 0, 'weekly', false FROM training_said;
        INSERT INTO confidence_said SELECT training_id, 'm', occasion, 100, 'own', '1', position
            FROM training_said, unnest(ARRAY['before', 'after', 'follow-up']) AS occasion
            WHERE position % 3 > 0 OR occasion = 'before';
        """
    )


@pytest.mark.parametrize("seed", range(3))
async def test_the_star_has_what_the_facts_have(outcomes: Outcomes, tmp_path: Path, seed: int) -> None:
    of = stories(seed)
    await reported(outcomes, Random(seed), *of)
    await directory(outcomes)
    assert await writer(outcomes, tmp_path).write()
    star = open_star(tmp_path)
    for what, (ours, stars) in COMPARED.items():
        expected = sorted(map(_plain, await outcomes.pool.fetch(ours)))
        found = sorted(map(_plain, star.execute(stars).fetchall()))
        assert found == expected, what
        assert expected, what


def _plain(row: Any) -> tuple[str, ...]:
    return tuple(
        f"{float(value):.9g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
        for value in (float(each) if type(each).__name__ == "Decimal" else each for each in row)
    )


async def test_what_the_service_exports_is_what_the_rules_are_tested_on(outcomes: Outcomes, tmp_path: Path) -> None:
    of = stories(7)
    await reported(outcomes, Random(7), *of)
    await writer(outcomes, tmp_path).write()
    known, expected = open_star(tmp_path), star_of(*of)
    for name in PARTITIONED:
        found = known.execute(f'SELECT * FROM "star_{name}" ORDER BY ALL').fetchall()  # noqa: S608
        assert found == [tuple(row.values()) for row in expected[name]], name
    day = date(2025, 5, 20)
    then, expected = open_star(tmp_path, known_on=day), star_of(*of, known_on=day)
    for name in PARTITIONED:
        found = then.execute(f'SELECT * FROM "star_{name}" ORDER BY ALL').fetchall()  # noqa: S608
        assert found == [tuple(row.values()) for row in expected[name]], name
    assert expected["case"] != star_of(*of)["case"]


async def test_the_same_events_give_the_same_bytes_in_any_order_and_however_often_it_was_written_meanwhile(
    outcomes: Outcomes, tmp_path: Path
) -> None:
    of, chance = stories(3, 40), Random(3)
    events = [event for story in of for event in story.events]
    some = chance.sample(events, len(events))
    step_by_step = writer(outcomes, tmp_path / "one")
    for start in range(0, len(some), 60):
        await outcomes.take(some[start : start + 60])
        await outcomes.publisher.catch_up()
        assert await step_by_step.write()
    one = files(tmp_path / "one")
    assert len(one) > 3 * (len(CASES) + len(PARTITIONED))

    written = await step_by_step.write(everything=True)
    assert written
    assert written.differing() == []
    assert files(tmp_path / "one") == one

    await outcomes.delete_everything()
    await reported(outcomes, Random(4), *of, batch=37)
    await reported(outcomes, Random(5), *of)
    assert await writer(outcomes, tmp_path / "two").write()
    assert files(tmp_path / "two") == one


async def test_only_the_months_that_changed_are_written_again(outcomes: Outcomes, tmp_path: Path) -> None:
    april, june = Story().screened().agreed(), Story().pass_days(70).screened()
    star = writer(outcomes, tmp_path)
    await reported(outcomes, Random(0), april, june)
    first = await star.write()
    assert first
    assert first.months == ["2025-04", "2025-06"]
    nothing = await star.write()
    assert nothing
    assert nothing.months == []
    assert nothing.version.manifest == first.version.manifest

    await reported(outcomes, Random(0), june.agreed())
    second = await star.write()
    assert second
    assert second.months == ["2025-06"]
    linked = "star/case/month=2025-04/part-0.parquet"
    assert (second.version.root / linked).stat().st_ino == (nothing.version.root / linked).stat().st_ino

    # A late screening of an earlier month takes its case there, out of the month where it was.
    june.screened(submitted_at=START)
    await reported(outcomes, Random(0), june)
    third = await star.write()
    assert third
    assert third.months == ["2025-04"]
    assert third.version.manifest.months() == ["2025-04"]
    assert open_star(tmp_path).execute("SELECT count(*) FROM star_case").fetchone() == (2,)

    # Another price may change any month.
    await outcomes.pool.execute("INSERT INTO offer_price VALUES ('common-ground-mediation', 1, 'session', 1)")
    fourth = await star.write()
    assert fourth
    assert fourth.months == ["2025-04"]


async def test_a_case_that_is_gone_is_gone_from_its_month(outcomes: Outcomes, tmp_path: Path) -> None:
    story, other = Story().screened(), Story().screened()
    star = writer(outcomes, tmp_path)
    await reported(outcomes, Random(0), story, other)
    await star.write()
    for table in ("screening", "screened_parent", "screened_child"):
        await outcomes.pool.execute(f"DELETE FROM {table} WHERE case_id = $1", story.case_id)  # noqa: S608
    await outcomes.pool.execute("INSERT INTO changed_case (case_id) VALUES ($1)", story.case_id)
    await star.write()
    known = open_star(tmp_path)
    assert known.execute("SELECT case_id FROM star_case").fetchall() == [(str(other.case_id),)]
    assert known.execute("SELECT DISTINCT case_id FROM screened_parent").fetchall() == [(str(other.case_id),)]


async def test_whoever_dies_while_writing_leaves_the_star_as_it_was_and_every_change_to_be_written(
    outcomes: Outcomes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story().screened()
    star = writer(outcomes, tmp_path)
    await reported(outcomes, Random(0), story)
    await star.write()
    before = files(tmp_path)

    class DiedError(Exception):
        pass

    written = 0
    write = star_writing.Writing._write

    def dies(self: Any, *args: Any) -> None:
        nonlocal written
        written += 1
        if written > 20:
            raise DiedError
        write(self, *args)

    await reported(outcomes, Random(0), story.agreed(), Story().pass_days(40).screened())
    monkeypatch.setattr(star_writing.Writing, "_write", dies)
    with pytest.raises(DiedError):
        await star.write()
    assert files(tmp_path) == before
    assert open_star(tmp_path).execute("SELECT count(*) FROM star_referral").fetchone() == (0,)
    monkeypatch.undo()
    again = await star.write()
    assert again
    assert again.months == ["2025-04", "2025-05"]
    assert open_star(tmp_path).execute("SELECT count(*) FROM star_referral").fetchone() == (1,)
    left = {each.name for each in (tmp_path / "versions").iterdir()}
    assert left == {"1", "2"}


async def test_what_changes_while_it_is_written_is_written_the_next_time(
    outcomes: Outcomes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story().screened()
    star = writer(outcomes, tmp_path)
    await reported(outcomes, Random(0), story)
    finish = star_writing.Writing.finish
    loop = asyncio.get_running_loop()

    def late(self: Any, newest: Any) -> Any:
        asyncio.run_coroutine_threadsafe(reported(outcomes, Random(0), story.agreed()), loop).result()
        return finish(self, newest)

    monkeypatch.setattr(star_writing.Writing, "finish", late)
    await star.write()
    monkeypatch.undo()
    assert open_star(tmp_path).execute("SELECT count(*) FROM star_referral").fetchone() == (0,)
    again = await star.write()
    assert again
    assert again.months == ["2025-04"]
    assert open_star(tmp_path).execute("SELECT count(*) FROM star_referral").fetchone() == (1,)


async def test_one_process_writes_at_a_time_and_files_are_their_owners_alone(
    outcomes: Outcomes, tmp_path: Path
) -> None:
    await reported(outcomes, Random(0), Story().screened())
    one, other = await asyncio.gather(*(writer(outcomes, tmp_path / "star").write() for _ in range(2)))
    assert (one is None) != (other is None)
    root = StarFolder(tmp_path / "star").path
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


async def test_nothing_in_a_file_depends_on_when_it_was_written(outcomes: Outcomes, tmp_path: Path) -> None:
    await reported(outcomes, Random(0), Story().screened())
    await writer(outcomes, tmp_path).write()
    file = (tmp_path / "current").resolve() / "star/case/month=2025-04/part-0.parquet"
    known = duckdb.connect().execute("SELECT created_by FROM parquet_file_metadata(?)", [str(file)]).fetchone()
    assert known
    assert known[0].startswith("DuckDB version")
    kept = duckdb.connect().execute("SELECT count(*) FROM parquet_kv_metadata(?)", [str(file)]).fetchone()
    assert kept == (0,)
    columns = duckdb.connect().execute(f"SELECT * FROM read_parquet('{file}', hive_partitioning = false)").description  # noqa: S608
    assert [column[0] for column in columns or ()] == list(STAR["case"].columns)


async def test_whoever_runs_the_machinery_sees_the_star_and_has_it_written_again(
    databases: Any, tmp_path: Path
) -> None:
    async with running(databases, star_folder=tmp_path / "star") as outcomes:
        operator = signed_in("o.perator", Role.OPERATOR)
        assert outcomes.star
        assert (await outcomes.http.get("/star")).status_code == 403
        assert (await outcomes.http.post("/star/rebuild")).status_code == 403
        state = (await outcomes.http.get("/star", headers=operator)).json()
        assert (state["kept"], state["star"]) == (True, None)
        await reported(outcomes, Random(0), Story().screened().agreed(), Story().pass_days(40).screened())
        for _ in range(2):
            begun = await outcomes.http.post("/star/rebuild", headers=operator)
            assert (begun.status_code, begun.json()["progress"]["is_writing"]) == (202, True)
            working = asyncio.create_task(outcomes.star.run())
            while outcomes.star.progress.is_writing:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            working.cancel()
            state = (await outcomes.http.get("/star", headers=operator)).json()
            assert (state["progress"]["rebuilt"], state["progress"]["error"]) == (True, None)
            assert (state["progress"]["done"], state["progress"]["months"]) == (2, 2)
        assert state["star"]["months"] == ["2025-04", "2025-05"]
        assert (state["star"]["rows"]["case"], state["star"]["rows"]["referral"]) == (2, 1)
        assert state["star"]["newest"] == "2025-05-11"


def test_the_stack_keeps_it_in_its_home_and_no_other_service_has_the_folder(stack: Stack) -> None:
    folders = {name: stack.service_environment(name).get("PARLEY_STAR_FOLDER") for name, _ in SERVICES}
    assert {name: folder for name, folder in folders.items() if folder} == {"outcomes": str(stack.home.path / "star")}


async def test_without_a_folder_there_is_no_star_and_whoever_asks_for_one_is_answered_so(databases: Any) -> None:
    async with running(databases) as outcomes:
        refused = await outcomes.http.post("/star/rebuild", headers=signed_in("o.perator", Role.OPERATOR))
        assert refused.status_code == 409
        assert "PARLEY_STAR_FOLDER" in refused.json()["detail"]


async def test_a_rebuild_that_gives_other_bytes_names_the_files(outcomes: Outcomes, tmp_path: Path) -> None:
    story = Story().screened()
    await reported(outcomes, Random(0), story)
    star = writer(outcomes, tmp_path)
    await star.write()
    # Behind the rules' back: nothing marks the month.
    await outcomes.pool.execute("UPDATE screening SET decision = 'not-ready'")
    again = await star.write(everything=True)
    assert again
    assert again.differing() == [f"{room}/month=2025-04/part-0.parquet" for room in _OF_SCREENING]
