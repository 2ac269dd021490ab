"""A family whose every secret has a mark that is nowhere else."""

from typing import Any
from uuid import uuid4

from deploy.stack.operator_api import NotFoundError, OperatorClient
from shared.access.roles import Role
from tests.journeys.parties import until
from tests.journeys.people import Family, screening
from tests.journeys.steps import (
    Case,
    a_session_is_planned,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_practitioner_touches_base_with,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_assesses,
    the_provider_gets_each_parents_details_apart,
    the_session_is_held,
)
from tests.journeys.world import World


class Marks:
    """One value for each secret of each person, which stands nowhere else."""

    def __init__(self) -> None:
        self.own = uuid4().hex[:8]
        self.made: list[str] = []

    def make(self, what: str) -> str:
        self.made.append(f"Mark{what.capitalize()}{self.own}")
        return self.made[-1]


def marked(family: Family, world: World, marks: Marks) -> dict[str, Any]:
    """A screening in which whatever is to be sealed has a mark, but for days and codes, which stand in many places."""
    record = screening(family, world.now)
    for at, parent in enumerate(record["parents"]):
        contact, whose = parent["contact"], f"parent{at}"
        contact["email"] = f"{marks.make(f'{whose}email')}@example.org"
        contact["phone"] = f"+44 7700 {marks.make(f'{whose}phone')}"
        contact["safe_times"] = marks.make(f"{whose}times")
        contact["address"] = {"lines": [marks.make(f"{whose}street")], "postcode": marks.make(f"{whose}post")}
        parent["identifiers"] = [{"kind": "other", "value": marks.make(f"{whose}number")}]
    for at, child in enumerate(record["children"]):
        child["views"] = marks.make(f"child{at}views")
        child["identifiers"] = [{"kind": "other", "value": marks.make(f"child{at}number")}]
    workers = [record["practitioner"], *(each["practitioner"] for each in record["wrap_around"])]
    for at, worker in enumerate(workers):
        worker["id"], worker["name"] = marks.make(f"worker{at}id"), marks.make(f"worker{at}name")
        worker["email"] = f"{marks.make(f'worker{at}email')}@example.org"
    return record


def _is_known(coordinator: OperatorClient, case: Case) -> bool:
    try:
        return bool(coordinator.get("referral", f"/cases/{case.id}"))
    except NotFoundError:
        return False


def comes_into_mid_course(world: World, marks: Marks) -> Case:
    """From the form, which was first sent with a slip, to a session that was held."""
    family = world.family("hants-schools", marks.make("surname"), marks.make("mother"), marks.make("father"))
    record = marked(family, world, marks)
    front_door = world.front_doors[family.agency]
    front_door.send("screenings", {**record, "submission_id": str(uuid4()), "agency": "nobody"})
    front_door.send("screenings", record)
    answer = front_door.hears(family.ref, "screened", submission_id=record["submission_id"])
    case = Case(world, family, str(answer["case_id"]))
    coordinator = world.acting_as(Role.COORDINATOR, marks.make("staff"))
    until(lambda: _is_known(coordinator, case), f"referral to have read the screening of {case.id}")
    coordinator.post("referral", f"/cases/{case.id}/claim", {})
    coordinator.post("referral", f"/cases/{case.id}/notes", {"text": marks.make("note")})
    the_coordinator_agrees_that_it_is_safe_and_appropriate(case)
    the_provider_gets_each_parents_details_apart(case, "mediation-now")
    the_provider_accepts_and_contacts_each_parent(case)
    the_provider_assesses(case, each_alone=False)
    a_session_is_planned(case, 1, "joint", in_days=1)
    the_practitioner_touches_base_with(case, family.mother)
    the_session_is_held(case, 1, "joint")
    return case


def comes_to_the_end(case: Case, marks: Marks) -> None:
    """Everybody has something to say of what changed."""
    words = [{"person": each, "change": "better", "words": marks.make("words")} for each in case.parents.values()]
    case.reports("case-closed", reason="completed", views=words)
    assert case.hears("closed")["outcome"] == "completed"
