"""A contact that is to be kept confidential is closed until somebody says why, is given once, and that is recorded:
property-based, over HTTP and PostgreSQL, for families whose every field has a mark of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from services.screening.app import wire
from services.screening.domain.contact_openings import OpeningReason
from services.screening.manifest import MANIFEST
from shared.access.actions import Action
from shared.access.roles import Role
from shared.access.table import TABLE
from shared.contracts.base import Sealed
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support.identity import bearer, gate
from tests.support.recorded import recorder
from tests.support.screening_records import parent, screening
from tests.support.screening_service import Screening, started

AREA, ELSEWHERE = "E10000014", "E06000001"
COORDINATOR = bearer(Role.COORDINATOR, areas=[AREA])
WHY = {"reason": "arrange-safe-contact", "words": "the provider asks how she can be reached"}
# Each example takes a second: what fails is not made smaller.
SETTINGS = settings(max_examples=8, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


class Asked:
    """The service, what it stored, and its HTTP."""

    def __init__(self, screened: Screening) -> None:
        self.screened, self.database = screened, screened.database
        context = Context("screening", ServiceSettings(), self.database.pool, self.database.keyring, screened.clock)
        wiring = wire(context)
        app = Starlette(routes=list(wiring.routes))
        app.state.gate = gate(MANIFEST.requests)
        app.state.staff = Staff(self.database.pool, self.database.keyring)
        app.state.recorder = recorder("screening", self.database.pool, wiring.concerned_by)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://screening")

    async def family(self, *confidential: bool) -> tuple[UUID, list[dict[str, str]]]:
        """A family of two parents, each to be kept confidential or not; the case, and each parent's marks."""
        marks, people = [], []
        for at, kept in enumerate(confidential, start=1):
            mark = uuid4().hex[:10]
            own = {"phone": f"07700 9{uuid4().int % 10**5:05}", "email": f"{mark}@example.org"}
            address = {"lines": [f"{mark} lane"], "postcode": f"ZZ{at} {at}ZZ"}
            role = "mother" if at == 1 else "father"
            people.append(
                parent(
                    *(f"P{at}", f"G{mark}", f"F{mark}", f"198{at}-02-03"),
                    **{**own, "address": address, "role": role, "confidential_from_other_parent": kept},
                )
            )
            marks.append({**own, "name": f"G{mark}", "lane": f"{mark} lane", "role": role})
        record = screening(*people, family_ref=f"F-{uuid4()}")
        await self.screened.send_each(record)
        pool = self.database.pool
        case = await pool.fetchval(
            "SELECT case_id FROM submission WHERE submission_id = $1", UUID(record["submission_id"])
        )
        assert case is not None
        return case, marks

    async def contacts(self, case: UUID, headers: dict[str, str] = COORDINATOR) -> httpx.Response:
        return await self.http.get(f"/cases/{case}/contacts", headers=headers)

    async def opens(self, case: UUID, person: str, body: Any, headers: dict[str, str] = COORDINATOR) -> httpx.Response:
        return await self.http.post(f"/cases/{case}/people/{person}/contact/open", json=body, headers=headers)

    async def entries(self, person: str) -> list[Any]:
        query = "SELECT * FROM audit WHERE $1 = ANY(persons) ORDER BY sequence"
        return list(await self.database.pool.fetch(query, UUID(person)))


@asynccontextmanager
async def asked_of(databases: Any) -> AsyncIterator[Asked]:
    asked = Asked(await started(databases))
    async with asked.http:
        yield asked


async def test_what_is_confidential_is_closed_until_there_is_a_reason_and_is_given_once(databases: Any) -> None:
    async with asked_of(databases) as asked:
        loop = asyncio.get_running_loop()

        @SETTINGS
        @given(
            kept=st.tuples(st.booleans(), st.booleans()),
            which=st.integers(0, 1),
            reason=st.sampled_from(OpeningReason),
            words=st.text(st.characters(codec="ascii", categories=["L"]), min_size=12, max_size=40),
        )
        def holds(kept: tuple[bool, bool], which: int, reason: OpeningReason, words: str) -> None:
            asyncio.run_coroutine_threadsafe(one(kept, which, reason, words), loop).result(60)

        async def one(kept: tuple[bool, bool], which: int, reason: OpeningReason, words: str) -> None:
            case, marks = await asked.family(*kept)
            listed = await asked.contacts(case)
            parents = {each["role"]: each for each in listed.json()["parents"]}
            for confidential, mark in zip(kept, marks, strict=True):
                own = parents[mark["role"]]
                assert own["confidential"] is confidential
                for shown in (mark["phone"], mark["email"], mark["name"], mark["lane"]):
                    assert (shown in listed.text) is not confidential, "closed, or open under its own heading"
                    assert (shown in str(own)) is not confidential
            person = parents[marks[which]["role"]]["person_id"]
            opened = await asked.opens(case, person, {"reason": reason, "words": words})
            assert (opened.status_code, opened.headers["cache-control"]) == (200, "no-store")
            assert opened.json()["contact"]["phone"] == marks[which]["phone"]
            other = marks[1 - which]
            for secret in (other["phone"], other["email"], other["name"], other["lane"]):
                assert secret not in opened.text, "one parent's opening shows nothing of the other"
            # It was given once: asked again, it is as closed as before.
            assert (await asked.contacts(case)).json() == listed.json()
            [entry] = [each for each in await asked.entries(person) if each["action"] == "contacts.open"]
            assert (entry["outcome"], entry["reason"]) == ("allowed", reason)
            [row] = await asked.database.pool.fetch("SELECT * FROM contact_opening WHERE case_id = $1", case)
            assert (str(row["person_id"]), row["reason"]) == (person, reason)
            assert words not in str(dict(row)), "what somebody wrote is sealed"
            box = Sealed.model_validate(row["words"])
            assert (await asked.database.keyring.for_opening([box])).open(box) == words

        await asyncio.to_thread(holds)


async def test_nobody_opens_without_a_reason_or_beyond_their_reach(databases: Any) -> None:
    async with asked_of(databases) as asked:
        case, marks = await asked.family(True, False)
        person = next(p["person_id"] for p in (await asked.contacts(case)).json()["parents"] if p["confidential"])
        for body in (
            {},
            {"reason": "arrange-safe-contact"},
            {"words": "because"},
            {"reason": "curious", "words": "because"},
            {**WHY, "words": ""},
            {**WHY, "also": 1},
        ):
            refused = await asked.opens(case, person, body)
            assert refused.status_code == 422, body
            assert marks[0]["phone"] not in refused.text
        unknown = await asked.opens(uuid4(), person, WHY)
        for action, ask in (
            (Action.CONTACTS_READ, lambda headers: asked.contacts(case, headers)),
            (Action.CONTACTS_OPEN, lambda headers: asked.opens(case, person, WHY, headers)),
        ):
            for role in Role:
                beyond = await ask(bearer(role, areas=[ELSEWHERE], agency="elsewhere"))
                assert beyond.status_code == (404 if role in TABLE[action].roles else 403), (role, action)
                if role not in TABLE[action].roles:
                    here = await ask(bearer(role, areas=[AREA], agency="hants-schools"))
                    assert here.status_code == 403, (role, action)
        beyond = await asked.opens(case, person, WHY, bearer(Role.COORDINATOR, areas=[ELSEWHERE]))
        assert beyond.content == unknown.content
        assert await asked.database.pool.fetchval("SELECT count(*) FROM contact_opening WHERE case_id = $1", case) == 0
        # A parent of another case is none of this one.
        other, _ = await asked.family(True, True)
        assert (await asked.opens(other, person, WHY)).status_code == 404


async def test_who_opened_a_contact_is_only_added_to(databases: Any) -> None:
    async with asked_of(databases) as asked:
        case, _ = await asked.family(True, True)
        person = (await asked.contacts(case)).json()["parents"][0]["person_id"]
        assert (await asked.opens(case, person, WHY)).status_code == 200
        for statement in ("UPDATE contact_opening SET reason = 'x'", "DELETE FROM contact_opening"):
            with pytest.raises(asyncpg.RaiseError, match="only added to"):
                await asked.database.pool.execute(f"{statement} WHERE case_id = $1", case)
