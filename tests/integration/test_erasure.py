"""Erasing a person: every case of theirs, nobody else's data, no figure; to the end whatever happens on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import pytest

from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from shared.access.roles import Role
from tests.support.families_service import ANNA, AREA, BEN, SECRETS, Families, case_of, running
from tests.support.identity import signed_in
from tests.support.screening_records import taking_back
from tests.support.whole_families import AGENCIES, MarkedFamily, WholeFamilies, whole_families

REASON = "retention-ended"


@pytest.fixture
async def whole(databases: Any) -> AsyncIterator[WholeFamilies]:
    async with whole_families(databases) as pathway:
        yield pathway


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_is_erased_is_gone_from_every_case_and_nobody_else_is(whole: WholeFamilies, seed: int) -> None:
    random = Random(seed)
    families = [MarkedFamily(seed + at, random) for at in range(3)]
    for at, family in enumerate(families):
        for day, agency in enumerate(random.sample(AGENCIES, 3 - at), start=4):
            await whole.send(family.record(agency, f"{family.words['mother']}-at-{agency}", day))
    family = families[0]
    who = random.choice(["mother", "father", "child0"])
    word = family.words[who]
    ids = await whole.ids_of(word)
    assert len(ids) == 3, "three front doors, three cases"
    for case_id in await whole.cases_with(ids):
        await whole.write_note(case_id, f"spoke with {word}")
    before, summary = await whole.readable(), await whole.summary()
    assert before.count(f'spoke with {word}"') == len(ids), "the search sees what can be read"
    left_of_family = {other for other in family.words if other != who}

    await whole.erased(random.choice(sorted(ids)))

    after = await whole.readable()
    # References are a front door's own, and stay.
    without_references = after.replace(f"{word}-at-", "")
    assert word not in without_references
    assert word[::-1] not in without_references
    for other in (*(family.words[each] for each in left_of_family), *families[1].words.values()):
        assert other in without_references, "whoever stays can be read"
    assert await whole.summary() == summary
    assert await whole.erasures_at_providers() == {
        (UUID(event["case_id"]), UUID(event["person_id"]))
        for event, _ in whole.opened()
        if UUID(event["person_id"]) in ids
    }
    # Nobody is left without notes, and a family that comes again is somebody new.
    for case_id in await whole.cases_with(ids):
        await whole.write_note(case_id, "a note of after")
    await whole.send(family.record(AGENCIES[0], "F-after", 9))
    again = await whole.readable()
    assert again.count("a note of after") == len(ids)
    assert not await whole.ids_of(word) & ids
    assert len(await whole.ids_of(word)) == 1


async def test_what_was_taken_back_is_reached_too(whole: WholeFamilies) -> None:
    family, other = (MarkedFamily(at, Random(70 + at)) for at in range(2))
    word = family.words["mother"]
    wrong = family.record(AGENCIES[0], "F-of-others", 5)
    await whole.send(other.record(AGENCIES[0], "F-of-others", 4))
    await whole.send(wrong)
    ids = await whole.ids_of(word)
    await whole.send(taking_back(wrong))
    await whole.send({**wrong, "submission_id": str(uuid4()), "family_ref": "F-own"})
    ids |= await whole.ids_of(word)
    assert len(ids) == 2
    await whole.erased(max(ids))
    assert word not in await whole.readable()
    assert other.words["mother"] in await whole.readable()


async def test_a_refused_record_of_the_family_goes_and_another_familys_stays(whole: WholeFamilies) -> None:
    family, other = (MarkedFamily(at, Random(80 + at)) for at in range(2))
    for each, ref in ((family, "F-refused"), (other, "F-other")):
        await whole.send(each.record(AGENCIES[0], ref, 4))
        await whole.send({**each.record(AGENCIES[0], ref, 5), "submission_id": "no id"})
    word, others = family.words["mother"], other.words["mother"]
    letters = "SELECT count(*) FROM dead_letter WHERE sealed IS NOT NULL AND status = 'open'"
    assert await whole.databases["screening"].pool.fetchval(letters) == 2
    (person,) = await whole.ids_of(word)
    await whole.erased(person)
    assert await whole.databases["screening"].pool.fetchval(letters) == 1
    after = await whole.readable()
    assert word not in after
    assert others in after
    assert family.words["father"] in after, "the record that was used has him still"


@asynccontextmanager
async def administered(databases: Any) -> AsyncIterator[Families]:
    """The service, asked by whoever administers the area: nobody else erases."""
    async with running(databases) as families:
        families.http.headers.update(signed_in("a.dmin", Role.AREA_ADMINISTRATOR, areas=[AREA]))
        yield families


async def _held(families: Families, person: UUID) -> dict[str, Any]:
    answer = await families.http.get(f"/people/{person}/erasure")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _erased_events(families: Families) -> list[tuple[str, str]]:
    return [
        (event["case_id"], event["person_id"])
        for topic, event in await families.published()
        if topic == "person-erased"
    ]


async def test_the_preview_gives_ids_and_counts_alone_and_twins_are_asked_about(databases: Any) -> None:
    async with administered(databases) as families:
        born = ("2015-06-01", "2015-06-01", "2012-03-04")
        mine = await families.sealed("hants-schools", ANNA, BEN, family_ref="preview", children=born)
        theirs = await families.sealed("hants-mash", ANNA, BEN, family_ref="preview", children=born)
        await families.receives(*mine, *theirs)
        found = await _held(families, mine[0].person_id)
        assert {each["person"] for each in found["people"]} == {str(mine[0].person_id), str(theirs[0].person_id)}
        assert {each["agency"] for each in found["people"]} == {"hants-mash", "hants-schools"}
        assert all(each["screenings"] == 1 and each["tokens"] > 0 for each in found["people"])
        assert [secret for secret in SECRETS if secret in orjson.dumps(found).decode().casefold()] == []
        eldest, twin = mine[0].children[2].subject, mine[0].children[0].subject
        assert {each["person"] for each in (await _held(families, eldest))["people"]} == {
            str(eldest),
            str(theirs[0].children[2].subject),
        }
        of_twin = await _held(families, twin)
        assert [each["person"] for each in of_twin["people"]] == [str(twin)]
        perhaps = {str(theirs[0].children[at].subject) for at in (0, 1)}
        assert {each["person"] for each in of_twin["perhaps"]} >= perhaps
        assert await families.post(f"/people/{twin}/erase", reason=REASON, also=[str(BEN_ID)]) == 422
        assert await families.post(f"/people/{twin}/erase", reason="because Anna asked") == 422
        assert await families.post(f"/people/{twin}/erase", reason=REASON, also=[min(perhaps)]) == 200
        assert {person for _, person in await _erased_events(families)} == {str(twin), min(perhaps)}
        assert (await families.http.get(f"/people/{uuid4()}/erasure")).status_code == 404


BEN_ID = UUID(int=7)


@pytest.mark.parametrize("where", ["before-the-keys", "after-the-keys", "before-the-commit"])
async def test_an_erasure_that_is_cut_off_is_finished_once(
    databases: Any, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with administered(databases) as families:
        events = await families.sealed("hants-schools", ANNA, BEN, family_ref=f"cut-off-{where}")
        await families.receives(*events)
        person = events[0].person_id
        before = await families.keyring.for_opening([events[0].sealed])
        assert before.open(events[0].sealed)
        with monkeypatch.context() as patch:
            _cut_off(patch, families, where)
            with pytest.raises(OSError, match="cut off"):
                await families.http.post(f"/people/{person}/erase", json={"reason": REASON})
        assert not await _erased_events(families)
        await families.erasures.once()
        await families.erasures.once()
        assert await families.post(f"/people/{person}/erase", reason=REASON) == 200
        assert await _erased_events(families) == [(str(case_of("hants-schools", f"cut-off-{where}")), str(person))]
        assert (await _held(families, person))["erased"]["finished"] is True
        assert person in await families.keyring.erased([person])
        assert await families.pool.fetchval("SELECT count(*) FROM parent WHERE person_id = $1", person) == 0
        assert await families.pool.fetchval("SELECT count(*) FROM token WHERE person_id = $1", person) == 0
        assert await families.pool.fetchval("SELECT count(*) FROM erasure") == 1
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await families.pool.execute("UPDATE erasure SET finished_at = NULL")


def _cut_off(patch: pytest.MonkeyPatch, families: Families, where: str) -> None:
    async def refused(*_arguments: Any) -> None:
        raise OSError("cut off")

    if where == "before-the-keys":
        patch.setattr(families.keyring, "erase", refused)
    else:
        step = "clear" if where == "after-the-keys" else "finish"
        patch.setattr(f"services.families.repository.erasures.{step}", refused)


async def test_a_keyring_that_came_from_a_backup_is_put_right(stack: Stack, databases: Any) -> None:
    async with administered(databases) as families:
        events = await families.sealed("hants-schools", ANNA, BEN, family_ref="from-a-backup")
        await families.receives(*events)
        person = events[0].person_id
        admin = await asyncpg.connect(stack.admin_database_url(KEYRING_DATABASE))
        try:
            saved = await admin.fetchrow("SELECT wrapped, kek FROM data_key WHERE subject = $1", person)
            assert await families.post(f"/people/{person}/erase", reason=REASON) == 200
            back = "UPDATE data_key SET wrapped = $2, erased_at = NULL WHERE subject = $1"
            with pytest.raises(asyncpg.RaiseError, match="stays erased"):
                await admin.execute(back, person, saved["wrapped"])
            # As a restored backup has it.
            await admin.execute("ALTER TABLE data_key DISABLE TRIGGER USER")
            await admin.execute(back, person, saved["wrapped"])
            await admin.execute("ALTER TABLE data_key ENABLE TRIGGER USER")
        finally:
            await admin.close()
        opened = await families.keyring.for_opening([events[0].sealed])
        assert opened.open(events[0].sealed)["given"] == "Anna", "the backup has the key"
        await families.erasures.once()
        assert person in await families.keyring.erased([person])
