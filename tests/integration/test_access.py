"""The table of access on real PostgreSQL: every request of every service that knows people, as every role, from the
record's own area and from another one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import httpx
from starlette.applications import Starlette

from services.families.manifest import MANIFEST as FAMILIES
from services.referral.manifest import MANIFEST as REFERRAL
from services.screening.app import wire
from services.screening.manifest import MANIFEST as SCREENING
from services.workforce.manifest import MANIFEST as WORKFORCE
from shared.access.roles import Role
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from tests.support import families_service, referral_service, workforce_service
from tests.support.access_trial import ELSEWHERE, Trial
from tests.support.families_service import ANNA, BEN, case_of
from tests.support.identity import SUBJECT, bearer, gate
from tests.support.recorded import recorder
from tests.support.referral_families import AGENCY, ASKING_AREA
from tests.support.referral_service import DIRECTORY, PANEL_MEMBER, at_the_panel, family

ITEM = "GET /panel/meetings/{meeting:uuid}/cases/{case:uuid}"


def client(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service")


async def test_cases_are_for_the_coordinators_of_their_area(databases: Any) -> None:
    async with referral_service.running(databases, *DIRECTORY) as referral:
        case = family("F1", area=ASKING_AREA)
        await referral.screened(case)

        at_panel = await at_the_panel(referral, case.case_id, ASKING_AREA)
        async with client(referral.app) as http:
            # By somebody of elsewhere: that is what it is for, so it is refused to no area.
            opened = await http.post(
                f"/cases/{case.case_id}/emergency",
                json={"reason": "child-at-risk-now", "words": "the school rings"},
                headers=bearer(Role.COORDINATOR, areas=[ELSEWHERE]),
            )
            assert opened.status_code == 200, opened.text
        # Beside the case, which stays where it is: so that all that is asked of it is there.
        step_up = uuid4()
        await referral.pool.execute(
            """
            INSERT INTO step_up (step_up_id, case_id, reason, held, at, who)
            VALUES ($1, $2, 'they-ask', false, now(), '')
            """,
            *(step_up, case.case_id),
        )
        named = {"area": ASKING_AREA}
        bodies = {"POST /panel/members": named | PANEL_MEMBER, "POST /panel/meetings": named | {"first": "2041-05-06"}}
        reviewed = {"POST /emergencies/{access:uuid}/review": {"finding": "justified", "words": "it was right"}}
        listed = {"GET /panel/members": named, "GET /panel/meetings": named}
        trial = Trial(
            referral.app,
            REFERRAL,
            referral.pool,
            ASKING_AREA,
            ids={
                "id": str(case.case_id),
                "case": str(case.case_id),
                **at_panel,
                "agency": AGENCY,
                "provider": "north",
                "access": opened.json()["access_id"],
                "step_up": str(step_up),
            },
            bodies=bodies | reviewed,
            queries=listed | {ITEM: {"member": at_panel["member"]}},
            names=frozenset({*bodies, *listed}),
            lists=frozenset({"GET /worklist", "GET /waiting-lists", "GET /emergencies", "GET /retention/cases"}),
        )
        await trial.refused(without={"POST /cases/{id:uuid}/emergency", "GET /emergencies/{access:uuid}"})
        # Nobody waits for an offer, and no case is past its time, so that these lists have nothing for anybody.
        await trial.allowed(without={"GET /waiting-lists", "GET /retention/cases"})
        async with client(referral.app) as http:
            headers = bearer(Role.COORDINATOR, areas=[ASKING_AREA])
            history = (await http.get(f"/cases/{case.case_id}", headers=headers)).json()["history"]
        # Whoever did something is in the history by the name and subject of their token.
        assert f"c.okafor ({SUBJECT})" in {line["who"] for line in history}


async def test_likenesses_are_for_the_coordinators_of_either_side(databases: Any) -> None:
    async with families_service.running(databases) as families:
        # Of this test alone: who is erased here is erased for every other.
        own = "whose-access-is-tried"
        await families.screened("hants-schools", ANNA, BEN, family_ref=own)
        await families.screened("hants-mash", ANNA, family_ref=own)
        (likeness,) = await families.doubtful()
        case = str(case_of("hants-schools", own))
        person = str(uuid5(UUID(case), "P0"))
        trial = Trial(
            families.app,
            FAMILIES,
            families.pool,
            families_service.AREA,
            ids={"id": likeness["id"]},
            own_ids={request: {"id": case} for request in FAMILIES.requests if "/families/" in request}
            | {request: {"id": person} for request in FAMILIES.requests if "/people/" in request},
            bodies={
                "POST /people/{id:uuid}/erase": {"reason": "objection"},
                "POST /retention/people": {"cases": [case]},
            },
            queries={"GET /people/{id:uuid}/ids": {"reason": "own-request"}},
            lists=frozenset({"GET /likenesses", "POST /retention/people"}),
        )
        await trial.refused()
        # Who is left of the case by then is another test's.
        await trial.allowed(without={"POST /retention/people"})
        # The case that one may reach, and the one that one would link it with, are two cases.
        await families.screened("other-mash", BEN, family_ref="X", area=ELSEWHERE)
        body = {"reason": "workers-spoke", "with_case": str(case_of("other-mash", "X"))}
        async with client(families.app) as http:
            headers = bearer(Role.COORDINATOR, areas=[families_service.AREA])
            answer = await http.post(f"/families/{case}/link", json=body, headers=headers)
            unknown = await http.post(
                f"/families/{case}/link", json=body | {"with_case": str(uuid4())}, headers=headers
            )
        assert answer.status_code == unknown.status_code == 404
        assert answer.content == unknown.content


async def test_training_is_for_those_of_its_areas(databases: Any) -> None:
    async with workforce_service.running(databases) as workforce:
        area = workforce_service.AREA
        session_id = await workforce.arrange()
        place = await workforce.book(session_id, "p1")
        leaver = str(uuid4())
        other = await workforce.book(session_id, leaver)
        await workforce.post(f"/sessions/{session_id}/places/{other['training_id']}/give-up")
        person = {"agency": "schools", "practitioner": "p1"}
        successor = {"practitioner": "p2", "name": "P Two", "email": "p2@example.org", "role": "teacher"}
        bodies = {
            "POST /sessions": {
                "modules": workforce_service.MODULES,
                "areas": [area],
                "days": ["2041-05-01"],
                "delivery": "online",
                "delivered_by": "schools",
                "places": 3,
            },
            "POST /champions": person,
            "POST /champions/stand-down": person,
            "POST /practitioners/hand-over": person | {"to": successor},
            "POST /practitioners/held": person,
            # Of this test alone: who is erased here is erased for every other.
            "POST /practitioners/erase": {"agency": "schools", "practitioner": leaver, "reason": "has-left"},
        }
        listed = {"GET /untrained": {"area": area}, "GET /summary": {"area": area}}
        trial = Trial(
            workforce.app,
            WORKFORCE,
            workforce.pool,
            area,
            ids={"id": session_id, "training": place["training_id"], "number": "2041-000001", "agency": "schools"},
            bodies=bodies,
            queries=listed,
            names=frozenset({*bodies, *listed}),
            lists=frozenset({"GET /sessions", "GET /follow-ups", "GET /champions"}),
        )
        # What is taught belongs to no area, and one of ours is for the operator (test_worker_erasure.py).
        await trial.refused(without={"GET /modules", "POST /staff/held", "POST /staff/erase"})
        # Nobody has a certificate, a follow-up or a champion's name yet.
        await trial.allowed(without={"GET /follow-ups", "GET /champions", "GET /certificates/{number}"})


async def test_decisions_are_those_of_one_s_area_or_agency(databases: Any) -> None:
    database = await databases("screening")
    here, there = "E10000014", "E10000030"
    stored = {name: uuid4() for name in ("own", "other-agency", "other-area")}
    for name, agency, area in (
        ("own", "hants-mash", here),
        ("other-agency", "hants-schools", here),
        ("other-area", "hants-mash", there),
    ):
        await database.pool.execute(
            """
            INSERT INTO submission (agency, submission_id, case_id, family_ref, area, submitted_at, decided_at,
                ranked_at, decision, reasons) VALUES ($1, $2, $3, 'F', $4, $5, $5, $5, 'refer', '{}')
            """,
            *(agency, stored[name], uuid4(), area, datetime(2041, 4, 1, tzinfo=UTC)),
        )
    context = Context("screening", ServiceSettings(), database.pool, database.keyring, Clock("events"))
    app = Starlette(routes=list(wire(context).routes))
    app.state.gate = gate(SCREENING.requests)
    app.state.staff = Staff(database.pool, database.keyring)
    app.state.recorder = recorder("screening", database.pool)

    async def seen(*roles: Role, **scope: Any) -> set[str]:
        async with client(app) as http:
            answer = await http.get("/decisions", headers=bearer(*roles, **scope))
        assert answer.status_code == 200, answer.text
        return {name for name, submission in stored.items() if str(submission) in answer.text}

    async with client(app) as http:
        counted = await http.get("/decisions/count", headers=bearer(Role.OPERATOR))
        assert counted.json() == {"decisions": 3}
        for role, path in ((Role.OPERATOR, "/decisions"), (Role.COORDINATOR, "/decisions/count")):
            assert (await http.get(path, headers=bearer(role, areas=[here]))).status_code == 403
    assert await seen(Role.COORDINATOR, areas=[here]) == {"own", "other-agency"}
    assert await seen(Role.COORDINATOR, areas=[]) == set()
    assert await seen(Role.PRACTITIONER, areas=[here], agency="hants-mash") == {"own"}
    assert await seen(Role.TEAM_MANAGER, areas=[here, there], agency="hants-mash") == {"own", "other-area"}
    assert await seen(Role.PRACTITIONER, areas=[], agency="hants-mash") == {"own", "other-area"}
    assert await seen(Role.PRACTITIONER, areas=[here]) == set()
    assert await seen(Role.PRACTITIONER, Role.COORDINATOR, areas=[there], agency="hants-mash") == {"other-area"}
