"""A record filed under another family, from its front door to the case: both families are served in the end."""

from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.stack.home import Stack
from services.families.settings import FamiliesSettings
from tests.support.families_service import nobody_else
from tests.support.pathway import AGENCY, Pathway
from tests.support.screening_records import child, parent, screening

_examples = count()
SERVICES = ("screening", "families", "referral", "notification")


@pytest.fixture
async def pathway(stack: Stack, databases: Any) -> Pathway:
    key_file = Path(stack.service_environment("families")["PARLEY_LINKAGE_KEY_FILE"])
    opened = {service: await databases(service) for service in SERVICES}
    running = Pathway(opened, FamiliesSettings(linkage_key_file=key_file))
    await running.register()
    return running


def family(number: int, at: int, ref: str, day: int) -> dict[str, Any]:
    """A front door's record of two people, one child, and nobody else's."""
    people = [nobody_else(number, 2 * at + place) for place in (0, 1)]
    parents = [
        parent(f"P{place}", who["given"], who["family"], who["date_of_birth"], phone=who["phone"], role=role)
        for place, (who, role) in enumerate(zip(people, ("mother", "father"), strict=True), start=1)
    ]
    born = (date(2009, 1, 1) + timedelta(days=11 * (2 * number + at))).isoformat()
    return screening(*parents, family_ref=ref, children=[child("C1", born)], submitted_at=f"2026-05-0{day}T09:00:00Z")


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[str], list[bool], int]:
    """Which record comes first, whether all is read before the next comes, and a number of its own."""
    order = draw(
        st.sampled_from([("own", "strangers", "mended"), ("strangers", "own", "mended"), ("strangers", "mended")])
    )
    return list(order), [draw(st.booleans()) for _ in order], next(_examples)


@given(story=stories(), chance=st.randoms(use_true_random=False))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_both_families_go_on_in_whatever_order_the_topics_are_read(
    pathway: Pathway, story: tuple[list[str], list[bool], int], chance: Any
) -> None:
    order, at_rest, number = story
    pathway.begin()
    a, b = f"A{number}", f"B{number}"
    strangers = family(number, 1, a, 5)
    mended = {**strangers, "submission_id": str(uuid4()), "supersedes": strangers["submission_id"], "family_ref": b}
    records = {"own": family(number, 0, a, 4), "strangers": strangers, "mended": mended}
    for name, drains in zip(order, at_rest, strict=True):
        record = records[name]
        pathway.publish(f"front-door.{AGENCY}.screenings", record["family_ref"], orjson.dumps(record))
        await pathway.run(lambda waiting: int(chance.randrange(waiting)), 10_000 if drains else 3)
    await pathway.run(lambda waiting: int(chance.randrange(waiting)))

    rows = await pathway.databases["families"].pool.fetch(
        "SELECT family_ref, family_id, told FROM submission JOIN member USING (agency, family_ref)"
        " WHERE family_ref = ANY($1)",
        [a, b],
    )
    outcomes = {row["family_ref"]: row["told"] for row in rows}
    assert outcomes == ({a: "alone"} if "own" in order else {}) | {b: "alone"}
    assert len({row["family_id"] for row in rows}) == len(outcomes)
    cases = await pathway.databases["referral"].pool.fetch(
        "SELECT family_ref, state, waiting_reason FROM referral_case WHERE family_ref = ANY($1)", [a, b]
    )
    now = {row["family_ref"]: (row["state"], row["waiting_reason"]) for row in cases}
    # Offered at once, or a coordinator's to agree where it had been joined before the record was taken back.
    assert now[b] in {("offered", None), ("awaiting-coordinator", "separated-from-family")}
    assert now[a][0] not in {"joined", "halted"}
    if order[0] == "own":
        assert now[a] == ("offered", None)
        assert now[b] == ("offered", None), "people in question are linked by no evidence"
    dead = [await each.pool.fetchval("SELECT count(*) FROM dead_letter") for each in pathway.databases.values()]
    assert not any(dead)
