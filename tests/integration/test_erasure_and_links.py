"""An erasure reaches every case of a human being, in whatever order families are linked, separated and erased."""

import itertools
from collections.abc import AsyncIterator
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.access.roles import Role
from shared.contracts.base import Sealed
from shared.privacy.sealing import CannotOpenError
from tests.support.families_service import ANNA, AREA, BEN, Families, case_of, running
from tests.support.identity import signed_in

ADMINISTRATOR = signed_in("a.dmin", Role.AREA_ADMINISTRATOR, areas=[AREA])
REASON = "objection"
HERE, THERE = "hants-schools", "hants-mash"
# What can happen between two screenings of one mother whose families nobody but a person would call one.
STEPS = ("erase", "confirm", "reject", "separate", "sweep")


@pytest.fixture
async def families(databases: Any) -> AsyncIterator[Families]:
    async with running(databases) as service:
        yield service


class Story:
    """One mother, alone at one front door and with a partner at another: alike enough for a person to look at."""

    def __init__(self, families: Families) -> None:
        self.families = families
        self.ref = f"story-{uuid4()}"
        self.people: dict[str, UUID] = {}
        self.boxes: dict[str, Sealed] = {}
        self.linked = self.refused = False
        self.erased: set[str] = set()
        self.pending = False

    async def begin(self) -> None:
        """Both screenings are there, and nobody has decided."""
        for agency, others in ((HERE, ()), (THERE, (BEN,))):
            events = await self.families.sealed(agency, ANNA, *others, family_ref=self.ref, children=())
            self.people[agency] = events[0].person_id
            self.boxes[agency] = events[0].sealed
            await self.families.receives(*events)

    async def step(self, name: str) -> None:
        """What happens, and what the model expects of it."""
        match name:
            case "erase":
                path = f"/people/{self.people[HERE]}/erase"
                answer = await self.families.http.post(path, json={"reason": REASON}, headers=ADMINISTRATOR)
                assert answer.status_code == 200, answer.text
                if HERE not in self.erased:
                    self.erased |= {HERE, THERE} if self.linked else {HERE}
                    self.pending = not self.linked and not self.refused
            case "confirm" | "reject":
                if not await self._decide(name):
                    return
                self.linked, self.refused = name == "confirm", name == "reject"
            case "separate":
                case_id = case_of(THERE, self.ref)
                if await self.families.post(f"/families/{case_id}/separate", reason="other-people") == 200:
                    self.linked, self.refused = False, True
            case "sweep":
                await self.families.erasures.once()
                if self.pending and self.linked:
                    self.erased.add(THERE)
                self.pending = self.pending and not self.refused

    async def _decide(self, how: str) -> bool:
        row = await self.families.pool.fetchrow(
            "SELECT likeness_id FROM likeness WHERE one_ref = $1 AND status = 'open'", self.ref
        )
        if row is None:
            return False
        reason = "same-people" if how == "confirm" else "other-people"
        return await self.families.post(f"/likenesses/{row['likeness_id']}/{how}", reason=reason) < 300

    async def end(self) -> None:
        """Whoever was to be reached is, and nobody else."""
        await self.step("sweep")
        self.families.keyring.forget()
        gone = await self.families.keyring.erased(self.people.values())
        assert {agency for agency, person in self.people.items() if person in gone} == self.erased
        kept = await self.families.pool.fetch("SELECT person_id FROM parent")
        assert {row["person_id"] for row in kept} & {*self.people.values()} == {*self.people.values()} - gone


async def test_every_order_of_links_and_an_erasure_reaches_who_is_one_and_nobody_else(families: Families) -> None:
    orders = [order for n in (2, 3) for order in itertools.permutations(STEPS, n) if "erase" in order]
    reached = 0
    certainly = [
        ("erase", "confirm"),
        ("erase", "sweep", "confirm"),
        ("erase", "reject", "sweep"),
        ("confirm", "erase"),
        ("confirm", "separate", "erase"),
    ]
    for order in [*Random(5).sample(orders, 24), *certainly]:
        story = Story(families)
        await families.pool.execute("TRUNCATE submission, parent, token, likeness, link_history, member CASCADE")
        await story.begin()
        try:
            for name in order:
                await story.step(name)
            await story.end()
        except AssertionError as error:
            raise AssertionError(f"{order}: {error}") from error
        reached += THERE in story.erased
    assert reached >= 3


async def test_who_may_be_theirs_elsewhere_is_shown_and_who_comes_again_is_somebody_new(families: Families) -> None:
    story = Story(families)
    await story.begin()
    found = await families.http.get(f"/people/{story.people[HERE]}/erasure", headers=ADMINISTRATOR)
    shown = found.json()
    assert [each["person"] for each in shown["people"]] == [str(story.people[HERE])]
    assert [each["person"] for each in shown["perhaps"]] == [str(story.people[THERE])]
    keys = await families.keyring.for_opening(story.boxes.values())
    assert {keys.open(box)["given"] for box in story.boxes.values()} == {"Anna"}
    # Named, they go at once.
    body = {"reason": REASON, "also": [str(story.people[THERE])]}
    done = await families.http.post(f"/people/{story.people[HERE]}/erase", json=body, headers=ADMINISTRATOR)
    assert done.status_code == 200
    story.erased = {HERE, THERE}
    await story.end()
    # By another front door: nothing says that they are anybody who was known, and nothing of theirs is erased.
    again = await families.sealed("hants-police", ANNA, family_ref=story.ref, children=())
    await families.receives(*again)
    await families.erasures.once()
    families.keyring.forget()
    opened = (await families.keyring.for_opening([again[0].sealed])).open(again[0].sealed)
    assert opened["given"] == "Anna"
    alike = "SELECT count(*) FROM likeness WHERE 'hants-police' IN (one_agency, other_agency)"
    assert await families.pool.fetchval(alike) == 0
    for box in story.boxes.values():
        with pytest.raises(CannotOpenError):
            (await families.keyring.for_opening([box])).open(box)
