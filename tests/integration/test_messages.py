"""Messages about a case on real PostgreSQL: whatever is written and whatever happens to the case, each word is read by
the two sides of its thread and by nobody else, and a provider reads and writes only while it has the family."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.messages import Message, ThreadClosedError
from services.referral.handlers import messages as handlers
from services.referral.handlers.messages import Writer
from shared.access.scopes import Reach, Scope
from shared.contracts.base import Sealed
from shared.postgres.row_reach import reading_within
from shared.privacy.register.subject_access import table_rules
from shared.service.definition import Context
from tests.support.referral_families import AGENCY, AREA, ASKING_AREA, P1, P2, STRANGER
from tests.support.referral_service import DIRECTORY, Referral, family, running

REACHES = {
    "area": Reach(frozenset({Scope.AREA}), frozenset({AREA})),
    "elsewhere": Reach(frozenset({Scope.AREA}), frozenset({ASKING_AREA})),
    "front door": Reach(frozenset({Scope.AGENCY}), agency=AGENCY),
    "another front door": Reach(frozenset({Scope.AGENCY}), agency="county-police"),
    "north": Reach(frozenset({Scope.PROVIDER}), provider="north"),
    "south": Reach(frozenset({Scope.PROVIDER}), provider="south"),
}
STOPS = ("hold", "halt", "withdraw", "nothing", "nothing", "nothing")


async def read(referral: Referral, reach: Reach) -> set[str]:
    """The words of every message that somebody could read, whatever a query asked for."""
    with reading_within(reach):
        rows = await referral.pool.fetch("SELECT sealed FROM message")
    boxes = [Sealed.model_validate(row["sealed"]) for row in rows]
    keys = await referral.keyring.for_opening(boxes)
    return {keys.open(box) for box in boxes}


async def happens(referral: Referral, case_id: UUID, what: str) -> None:
    bodies = {"halt": {"source": "told-by-a-parent"}, "withdraw": {"parent": str(P1)}, "hold": None}
    if what in bodies:
        await referral.post(what, bodies[what], case_id)


async def life(referral: Referral, context: Context, random: Random, name: str) -> dict[str, set[str]]:
    """Writes at random to both threads of a case while things happen to it; what each side should be able to read."""
    event = family(name)
    await referral.screened(event)
    under = await referral.pool.fetchval("SELECT referral_id FROM referral WHERE case_id = $1", event.case_id)
    written: dict[str, set[str]] = {"front door": set(), "north": set()}
    for number in range(8):
        await happens(referral, event.case_id, random.choice(STOPS))
        goes_on = await referral.state(event.case_id) == "offered"
        to = random.choice(("front door", "north"))
        about = random.choice((None, P1, P2, STRANGER))
        words = f"MARKED {name} {number} {to} {about}"
        writer = Writer("staff-x", for_area=random.choice((True, False)))
        try:
            message = Message(words, about, seen=0)
            await handlers.write(context, event.case_id, message, writer, under if to == "north" else None)
        except ThreadClosedError:
            assert to == "north"
            assert not goes_on
        except InvalidCommandError:
            assert about == STRANGER
        else:
            assert about != STRANGER
            assert to != "north" or goes_on
            written[to].add(words)
    if await referral.state(event.case_id) != "offered":
        return {**written, "north": set(), "kept": written["north"]}
    return {**written, "kept": set()}


@pytest.mark.parametrize("seed", range(2))
async def test_nothing_of_one_thread_reaches_the_other_side(databases: Any, seed: int) -> None:
    async with running(databases, *DIRECTORY) as referral:
        families = [await life(referral, referral.context, Random(f"{seed}/{at}"), f"F{seed}{at}") for at in range(6)]
        front_door, north, kept = (
            set().union(*(each[who] for each in families)) for who in ("front door", "north", "kept")
        )
        assert front_door
        assert north | kept
        found = {who: await read(referral, reach) for who, reach in REACHES.items()}
        assert found == {
            "area": front_door | north | kept,
            "elsewhere": set(),
            "front door": front_door,
            "another front door": set(),
            "north": north,
            "south": set(),
        }
        assert "MARKED" not in str(await referral.published())
        # Whoever decides about one parent's request is not shown what is of the other alone.
        rows = table_rules("referral")["message"].rows
        for person, other in ((P1, P2), (P2, P1)):
            query = f"SELECT about FROM message WHERE {rows}"  # noqa: S608 - the register's
            query = query.replace("$case", "$1::uuid").replace("$person", "$2::uuid")
            cases = await referral.pool.fetch("SELECT case_id FROM referral_case")
            about = {
                row["about"] for case in cases for row in await referral.pool.fetch(query, case["case_id"], person)
            }
            assert person in about
            assert other not in about
