"""The log of what a front door was told of a case: each record that went to it, and what was kept back and why.
Property-based over the lives of cases, on PostgreSQL and HTTP. The coordinator alone reads of a sign of abuse in it."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from services.notification.manifest import MANIFEST
from shared.access.fields import WITHHELD
from shared.access.roles import Role
from shared.service.staff import Staff
from tests.support.case_stories import AGENCY, AREA
from tests.support.identity import bearer, gate
from tests.support.notification_families import Family, Notification
from tests.support.recorded import recorder

ELSEWHERE = "E06000001"
# Each example takes a second: what fails is not made smaller.
SETTINGS = settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
COORDINATOR = bearer(Role.COORDINATOR, areas=[AREA])
ADMINISTRATOR = bearer(Role.AREA_ADMINISTRATOR, areas=[AREA])


@pytest.fixture
async def service(databases: Any) -> Notification:
    opened = Notification(await databases("notification"), await databases("screening"))
    await opened.register_all()
    return opened


def client(service: Notification) -> httpx.AsyncClient:
    app = Starlette(routes=list(service.wiring.routes))
    app.state.gate = gate(MANIFEST.requests)
    app.state.staff = Staff(service.pool, service.context.keyring)
    app.state.recorder = recorder("notification", service.pool)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://notification")


def linked_halt(family: Family, **fields: Any) -> None:
    nobody = {"referral_id": None, "stopped_provider": None}
    family.halted()
    found = {"raised_by": "linked-family", "known_elsewhere": True, **nobody, **fields}
    family.events[-1] = family.events[-1].model_copy(update=found)


STEPS = {
    "agreed": lambda family: family.agreed(),
    "held": lambda family: family.held(),
    "resumed": lambda family: family.resumed(),
    "to-panel": lambda family: family.to_panel(),
    "returned": lambda family: family.returned(),
}
ENDS = {
    "halted": lambda family: family.halted(),
    "withdrawn": lambda family: family.withdrawn(),
    "linked": linked_halt,
    "linked-again": lambda family: linked_halt(family, told_already=True),
    "none": lambda _family: None,
}


async def test_the_log_is_what_went_to_the_front_door_and_what_did_not(service: Notification) -> None:
    loop = asyncio.get_running_loop()

    @SETTINGS
    @given(
        steps=st.lists(st.sampled_from(sorted(STEPS)), max_size=4),
        end=st.sampled_from(sorted(ENDS)),
        from_self=st.booleans(),
    )
    def holds(steps: list[str], end: str, from_self: bool) -> None:
        asyncio.run_coroutine_threadsafe(one(steps, end, from_self), loop).result(120)

    async def one(steps: list[str], end: str, from_self: bool) -> None:
        family = await service.family()
        family.screened(source="self" if from_self else "school").details()
        for step in steps:
            STEPS[step](family)
        ENDS[end](family)
        for event in family.events:
            await service.receive([event])
        rows = await service.pool.fetch(
            "SELECT value FROM outbox WHERE topic = $1 ORDER BY id", f"front-door.{AGENCY}.progress"
        )
        records = [record for row in rows if (record := json.loads(row["value"]))["case_id"] == str(family.case_id)]
        async with client(service) as http:
            path = f"/cases/{family.case_id}/notices"
            read = (await http.get(path, headers=COORDINATOR)).json()["items"]
            sent = [(each["step"], each["agency"]) for each in read if each["step"] is not None]
            assert sent == [(record["step"], AGENCY) for record in records]
            why = {each["kept_back"] for each in read}
            assert ("self-referral" in why) is from_self
            assert ("sign-elsewhere" in why) is (end == "linked-again" or (end == "linked" and not from_self))
            kept = await http.get(path, headers=ADMINISTRATOR)
            assert "sign-elsewhere" not in kept.text
            assert "halted" not in kept.text
            assert [each["at"] for each in kept.json()["items"]] == [each["at"] for each in read]
            if end in ("halted", "linked-again"):
                last = kept.json()["items"][-1]
                assert (from_self and end == "halted") or (last["step"], last["kept_back"]) == (WITHHELD, WITHHELD)
            for role, areas, status in (
                (Role.COORDINATOR, [ELSEWHERE], 404),
                (Role.PRACTITIONER, [AREA], 403),
                (Role.PROVIDER_MANAGER, [AREA], 403),
                (Role.OPERATOR, [AREA], 403),
            ):
                assert (await http.get(path, headers=bearer(role, areas=areas))).status_code == status, role

    await asyncio.to_thread(holds)
