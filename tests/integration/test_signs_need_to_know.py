"""Signs of abuse and whatever a coordinator writes are read by nobody else: every request of referral, as every role,
for families with a sign of each kind, searched for codes that tell of one and for marks. It finds a planted leak."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.referral.domain.case.reasons import SIGNS
from services.referral.manifest import MANIFEST
from services.referral.repository.pages import concerned_by
from shared.access import fields
from shared.access.fields import View, signs, views
from shared.access.roles import Role
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.service.audit_routes import audit_routes
from shared.service.subject_access import subject_access_routes
from tests.support.identity import bearer, gate
from tests.support.joined_families import ENTRIES, linked, sent
from tests.support.referral_families import AGENCY, ASKING_AREA, START
from tests.support.referral_service import Referral, running

COORDINATOR = bearer(Role.COORDINATOR, areas=[ASKING_AREA])
OTHERS = sorted(set(Role) - {Role.COORDINATOR})
# Each example takes a second: what fails is not made smaller.
SETTINGS = settings(max_examples=6, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
RECORDS = "/cases/{case:uuid}/people/{id:uuid}/records"
ASKED_WITH: Mapping[str, dict[str, str]] = {
    **{path: {} for path in ("/audit", "/retention/cases", "/emergencies")},
    RECORDS: {"reason": "own-request"},
}
SHOWING_SIGNS = signs().codes - {"closed", "withdraw", "withdrawn", "one-parent", "family", "case-closed", "completed"}


class Story:
    """A family in which there is a sign of abuse, of one kind, and what a coordinator did and wrote."""

    def __init__(self, service: Referral) -> None:
        self.service, self.mark = service, f"mark-{uuid4().hex}"
        self.cases: list[UUID] = []

    async def happens(self, kind: str, source: str) -> None:
        school = sent(self.mark, area=ASKING_AREA, number=uuid4())
        self.cases = [school.case_id]
        if kind == "screening":
            school = sent(self.mark, decision="domestic-abuse-pathway", area=ASKING_AREA, number=uuid4())
        await self.service.screened(school)
        await self._posts("notes", {"text": f"{self.mark} in a note"})
        if kind == "coordinator":
            await self._posts("halt", {"source": source})
        elif kind == "elsewhere":
            police = sent(self.mark, "police", "domestic-abuse-pathway", area=ASKING_AREA, number=uuid4())
            self.cases.append(police.case_id)
            await self.service.screened(police)
            await self.service.families(linked(school, police))
        elif kind == "before-its-family":
            await self.service.contacted(self._sign(f"{self.mark}-unknown"))
        elif kind == "practitioner":
            await self.service.contacted(self._sign(self.mark))
        if await self.service.state(self.cases[0]) == "halted":
            await self._posts("specialist-contact", {"outcome": "not-reached"})

    def _sign(self, family_ref: str) -> bytes:
        report = WrapAroundContact(
            contact_id=uuid4(),
            family_ref=family_ref,
            parent_ref="P1",
            held_at=START,
            outcome="spoken",
            sign_of_abuse=True,
        )
        return report.model_dump_json().encode()

    async def _posts(self, command: str, body: Any) -> None:
        answer = await self.service.http.post(f"/cases/{self.cases[0]}/{command}", json=body, headers=COORDINATOR)
        assert answer.status_code == 200, (command, answer.text)

    async def views(self, role: Role) -> list[tuple[str, httpx.Response]]:
        """What every request that reads answers to somebody who may have it, of the area and of every agency."""
        seen = []
        of_agencies = role in (Role.PRACTITIONER, Role.TEAM_MANAGER)
        for agency in (AGENCY, "police", "mash") if of_agencies else (AGENCY,):
            headers = bearer(role, areas=[ASKING_AREA], agency=agency, provider="north")
            for request in (*MANIFEST.requests, "GET /audit", f"GET {RECORDS}"):
                method, path = request.split(" ")
                if method != "GET" or path.startswith("/pages/") or re.search(r"{(meeting|access)", path):
                    continue
                for case in self.cases:
                    asked = re.sub(r"\{(id|case):uuid\}", str(case), path)
                    person = await self._person(case) if "/people/" in path else case
                    asked = asked.replace(f"/people/{case}", f"/people/{person}")
                    params = ASKED_WITH.get(path, {"area": ASKING_AREA}) | (
                        {"case": str(case)} if path == "/audit" else {}
                    )
                    answer = await self.service.http.get(asked, params=params, headers=headers)
                    # A request that is not understood would tell of nothing, and find nothing.
                    assert answer.status_code in (200, 403, 404), (request, answer.text)
                    seen.append((request, answer))
        return seen

    async def _person(self, case: UUID) -> UUID:
        query = "SELECT (family #>> '{parents,0,person_id}')::uuid FROM referral_case WHERE case_id = $1"
        found: UUID = await self.service.pool.fetchval(query, case)
        return found


def words(node: Any) -> Iterator[str]:
    """Every text that an answer shows, its codes apart."""
    if isinstance(node, dict):
        for each in node.values():
            yield from words(each)
    elif isinstance(node, list):
        for each in node:
            yield from words(each)
    elif isinstance(node, str):
        yield from node.split(", ")
        yield node


def shows_a_sign(story: Story, text: str) -> bool:
    return text in SHOWING_SIGNS or story.mark in text or "/halt" in text or "specialist-contact" in text


async def leaks(story: Story, role: Role) -> list[tuple[str, str]]:
    """What this role reads that tells of a sign, or that a coordinator wrote."""
    found = []
    for request, answer in await story.views(role):
        if answer.status_code in (403, 404):
            assert not shows_a_sign(story, answer.text), (request, role)
            continue
        found += [(request, text) for text in words(json.loads(answer.content)) if shows_a_sign(story, text)]
    return found


@pytest.fixture
async def service(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *ENTRIES) as opened:
        more = [*audit_routes(opened.context), *subject_access_routes(opened.context, concerned_by)]
        opened.app.router.routes.extend(more)
        opened.app.state.gate = gate(MANIFEST.requests)
        yield opened


async def test_signs_and_what_a_coordinator_writes_are_read_by_nobody_else(service: Referral) -> None:
    loop = asyncio.get_running_loop()
    kinds = ("screening", "coordinator", "elsewhere", "practitioner", "before-its-family")

    @SETTINGS
    @given(kind=st.sampled_from(kinds), source=st.sampled_from(sorted(SIGNS)))
    def holds(kind: str, source: str) -> None:
        asyncio.run_coroutine_threadsafe(one(kind, source), loop).result(120)

    async def one(kind: str, source: str) -> None:
        story = Story(service)
        await story.happens(kind, source)
        for role in OTHERS:
            assert await leaks(story, role) == [], (kind, role)
        read = await leaks(story, Role.COORDINATOR)
        assert any(story.mark in text for _, text in read), "the coordinator reads it, so there was something to find"
        if kind != "before-its-family":
            assert any(text in SHOWING_SIGNS for _, text in read), kind

    await asyncio.to_thread(holds)


@pytest.mark.parametrize("planted", ["GET /cases/{id:uuid}/sharing", "GET /audit", "held"])
async def test_the_search_finds_a_sign_that_is_let_out(service: Referral, planted: str) -> None:
    story = Story(service)
    await story.happens("coordinator", "told-by-a-child")
    name = planted if planted != "held" else "GET /cases/{case:uuid}/people/{id:uuid}/held"
    view = views()[name]
    open_ = View(name, {path: replace(field, signals=False) for path, field in view.fields.items()}, view.people_of)
    with patch.object(fields, "views", lambda: {**views.__wrapped__(), name: open_}):
        found = await leaks(story, Role.AREA_ADMINISTRATOR)
    assert {request for request, _ in found} == {name}
