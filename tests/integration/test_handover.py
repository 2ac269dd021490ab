"""A practitioner leaves, or has another id: cases and certificates are whose they are."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.access.roles import Role
from shared.contracts.practitioners import practitioner_id
from shared.contracts.screening import PractitionerRef
from shared.contracts.workforce import PractitionerHandedOver
from shared.messaging.core.envelope import new_id, write_headers
from tests.support import referral_service, workforce_service
from tests.support.identity import signed_in
from tests.support.referral_families import AGENCY, P1, START, parent, practitioner, screening
from tests.support.referral_service import DIRECTORY, Referral, family
from tests.support.workforce_service import Workforce

HEAD = "agency,practitioner,name,email,profession,attended,before_engaging-parents,after_engaging-parents"
SUCCESSOR = {"practitioner": "T2", "name": "Invented Successor", "email": "t2@example.org", "role": "teacher"}


@pytest.fixture
async def workforce(databases: Any) -> AsyncIterator[Workforce]:
    async with workforce_service.running(databases) as service:
        # Who leaves, and who follows, is for whoever administers the area to say.
        service.http.headers.update(
            signed_in(workforce_service.NAME, Role.AREA_ADMINISTRATOR, areas=[workforce_service.AREA])
        )
        yield service


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with referral_service.running(databases, *DIRECTORY) as service:
        yield service


async def test_certificates_follow_a_person_whose_id_has_changed(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "T1")
    await workforce.move_to(workforce_service.SESSION_DAY)
    (number,) = (await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,2,4\n"))["certificates"]
    body = {"agency": "schools", "practitioner": "T1", "to": SUCCESSOR, "same_person": True}
    answer = await workforce.post("/practitioners/hand-over", body)
    assert answer["trainings_followed"] == 1
    shown = await workforce.get(f"/certificates/{number}")
    assert (shown["practitioner"], shown["name"], shown["status"]) == ("T2", "Invented Successor", "valid")
    now_id = str(practitioner_id("schools", "T2"))
    assert [each["practitioner_id"] for each in await workforce.published("training-completed")][-1] == now_id
    [event] = await workforce.published("practitioner-handed-over")
    assert (event["practitioner_id"], event["to"]["practitioner_id"], event["same_person"]) == (
        str(practitioner_id("schools", "T1")),
        now_id,
        True,
    )
    assert "Invented" not in str(event)
    assert "t2@example.org" not in str(event)
    again = await workforce.post("/practitioners/hand-over", body)
    assert again["trainings_followed"] == 0


async def test_a_handover_to_somebody_else_moves_nobodys_certificate(workforce: Workforce) -> None:
    session = await workforce.arrange()
    await workforce.book(session, "T1")
    await workforce.move_to(workforce_service.SESSION_DAY)
    (number,) = (await workforce.attend(session, f"{HEAD}\nschools,T1,,,,yes,2,4\n"))["certificates"]
    body = {"agency": "schools", "practitioner": "T1", "to": SUCCESSOR}
    assert (await workforce.post("/practitioners/hand-over", body))["trainings_followed"] == 0
    assert (await workforce.get(f"/certificates/{number}"))["practitioner"] == "T1"
    for wrong in ({"to": {**SUCCESSOR, "practitioner": "T1"}}, {"to": {"practitioner": "T3"}}):
        await workforce.post("/practitioners/hand-over", {**body, **wrong}, 422)
    # An agency that nobody knows is in no area of anybody's.
    await workforce.post("/practitioners/hand-over", {**body, "agency": "nobody"}, 403)


async def test_every_case_of_who_leaves_has_the_successor_from_then_on(referral: Referral) -> None:
    leaver, stays, successor = practitioner("worker"), practitioner("wrap-P2"), practitioner("successor")
    both = (parent("P1").model_copy(update={"wrap_around": leaver}), parent("P2"))
    await referral.screened(family("A", parents=both), family("B", practitioner=stays, parents=both))
    untouched = family("C", practitioner=stays)
    await referral.screened(untouched)
    await handed_over(referral, leaver, successor)
    kept = await referral.pool.fetch("SELECT family_ref, family FROM referral_case ORDER BY family_ref")
    who = {
        row["family_ref"]: (
            row["family"]["practitioner"]["practitioner_id"],
            [each["wrap_around"]["practitioner_id"] for each in row["family"]["parents"]],
        )
        for row in kept
    }
    to, other = str(successor.practitioner_id), str(stays.practitioner_id)
    assert who == {
        "A": (to, [to, other]),
        "B": (other, [to, other]),
        "C": (other, [str(practitioner("wrap-P1").practitioner_id), other]),
    }
    lines = await referral.pool.fetch("SELECT detail FROM case_history WHERE trigger = 'handed-over'")
    assert [line["detail"] for line in lines] == [to, to]


async def test_a_name_under_somebody_elses_id_is_not_written_to(referral: Referral) -> None:
    await referral.screened(screening())
    successor = practitioner("successor").model_copy(update={"practitioner_id": P1})
    await handed_over(referral, practitioner("worker"), successor)
    assert await referral.dead() == 1
    assert await referral.pool.fetchval("SELECT count(*) FROM case_history WHERE trigger = 'handed-over'") == 0


async def handed_over(service: Referral, former: PractitionerRef, to: PractitionerRef) -> None:
    event = PractitionerHandedOver(
        practitioner_id=former.practitioner_id, agency=AGENCY, occurred_at=START, to=to, same_person=False
    )
    headers = write_headers(
        event_id=new_id(), event_type=event.ce_type(), source="workforce", time=START, subject=event.subject()
    )
    record = service._record(event.topic or "", event.subject(), event.model_dump_json().encode(), headers)
    await service.consumers["handovers"].process([record])
