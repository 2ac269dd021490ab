"""What people do on a family's way, in the words of the referral page, each step up to what its party sees of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from deploy.stack.errors import ParleyError
from deploy.stack.operator_api import NotFoundError
from tests.journeys.parties import FrontDoor, Heard, Provider, until
from tests.journeys.people import Family, screening, written
from tests.journeys.world import World

_STILL_LOOKED_FOR = "still being looked for"


@dataclass
class Case:
    """A family on its way. `mother` and `father` are the ids that its provider knows them by."""

    world: World
    family: Family
    id: str
    provider: Provider | None = None
    mother: str = ""
    father: str = ""
    children: Sequence[str] = ()
    sessions: list[datetime] = field(default_factory=list)

    @property
    def front_door(self) -> FrontDoor:
        """Who referred the family."""
        return self.world.front_doors[self.family.agency]

    @property
    def parents(self) -> dict[str, str]:
        """Given name and id of each parent."""
        return {self.family.mother: self.mother, self.family.father: self.father}

    def reports(self, update: str, **fields: Any) -> str:
        """Its provider sends an update."""
        assert self.provider is not None
        return self.provider.reports(self.id, update, self.world.written_now, **fields)

    def hears(self, step: str, **fields: Any) -> Mapping[str, Any]:
        """Its front door hears of a step."""
        return self.front_door.hears(self.family.ref, step, **fields)

    def waits_for_history(self, trigger: str, times: int = 1) -> None:
        """Until the case's page shows something that no other party is told of."""

        until(lambda: _count(self, trigger) >= times, f"{trigger} ({times}) in the history of {self.id}")


def each_parent_is_screened_alone_and_agrees(world: World, family: Family) -> Case:
    """Pre-referral: Safety Net with each parent apart, both agree, both have the privacy notice; then the form."""
    record = screening(family, world.now)
    front_door = world.front_doors[family.agency]
    front_door.send("screenings", record)
    answer = front_door.hears(family.ref, "screened", submission_id=record["submission_id"])
    assert answer["decision"] == "refer", answer["reasons"]
    return Case(world, family, str(answer["case_id"]))


def the_team_discusses_it_with_the_referrer(case: Case) -> None:
    """It is on the worklist because the area asks for a coordinator, and nobody else has heard of the family."""
    case.world.coordinator.finds(case.id, "area-asks-coordinator")
    for provider in case.world.providers.values():
        assert not provider.received(case.id)


def the_coordinator_agrees_that_it_is_safe_and_appropriate(case: Case, **how: Any) -> str:
    """The state that the case is in then. A family that is still looked for among others is waited for.

    So is referral's reading of the screening: the front door may have its answer before.
    """

    def agreed() -> str | None:
        try:
            return str(case.world.coordinator.does(f"/cases/{case.id}/agree", **how)["state"])
        except NotFoundError:
            return None
        except ParleyError as error:
            if _STILL_LOOKED_FOR in str(error):
                return None
            raise

    state = until(agreed, f"{case.id} to be recognised, so that it can be agreed")
    assert state is not None
    return state


def the_provider_gets_each_parents_details_apart(case: Case, provider: str) -> None:
    """One record of the offer, one for each parent; each opens to that parent alone, with what is safe to use."""
    case.provider = case.world.providers[provider]
    # What was told before a place came free or a family came back is another referral.
    details = until(lambda: _details(case), f"{provider} to get both parents' details of {case.id}")
    offer = case.provider.received(case.id, "referral-offered")[-1].body
    opened = {str(each.body["person_id"]): case.provider.opened(each) for each in details}
    assert set(opened) == set(offer["parents"])
    by_name = {str(each["name"]["given"]): (person, each) for person, each in opened.items()}
    assert set(by_name) == {case.family.mother, case.family.father}
    case.mother, case.father = by_name[case.family.mother][0], by_name[case.family.father][0]
    case.children = offer["children_taking_part"]
    for given, (_, each) in by_name.items():
        assert each["contact"]["safe_methods"] == ["phone"]
        other = next(name for name in by_name if name != given)
        for secret in ("phone", "email"):
            assert by_name[other][1]["contact"][secret] not in str(each)


def the_provider_accepts_and_contacts_each_parent(case: Case) -> None:
    """Each parent by a way that is safe."""
    case.reports("referral-accepted")
    for parent in case.parents.values():
        case.reports("contact-attempted", parent=parent, method="phone", outcome="reached")
    case.hears("accepted")


def the_provider_assesses(case: Case, *, each_alone: bool) -> None:
    """The initial assessment; a mediator's intake is with each parent alone, and both make one assessment."""
    for parent in case.parents.values() if each_alone else ():
        own = {"parents_seen": [parent], "parents": [{"parent": parent, "outcome": "suitable"}]}
        case.reports("initial-assessment", outcome="suitable", **own)
    if not each_alone:
        case.reports("initial-assessment", outcome="suitable", parents_seen=list(case.parents.values()))
    assert case.hears("assessed")["outcome"] == "suitable"


def a_session_is_planned(case: Case, number: int, kind: str, *, in_days: int = 10) -> None:
    """With everybody who takes part in it."""
    at = case.world.now + timedelta(days=in_days)
    case.sessions.append(at)
    expected = [*case.parents.values(), *(case.children if kind == "family" else ())]
    case.reports("session-scheduled", number=number, scheduled_for=written(at), kind=kind, expected=expected)
    case.waits_for_history("session-scheduled", number)


def each_parents_practitioner_is_reminded(case: Case, number: int) -> None:
    """The day before it: an e-mail to each, which names nobody."""
    case.world.calendar_moves_to(case.sessions[-1] - timedelta(days=1))
    for parent in case.parents:
        reminders = until(
            lambda name=parent: _reminders(case, name, number),  # type: ignore[misc]
            f"the practitioner of {parent} to be reminded of session {number}",
        )
        assert len(reminders) == number
        assert not [name for name in (*case.parents, case.family.surname) if name in reminders[-1]]


def the_practitioner_touches_base_with(case: Case, *parents: str) -> None:
    """Alone, before the session; their own agency tells."""
    for parent in parents:
        contact = {
            "contact_id": str(uuid4()),
            "family_ref": case.family.ref,
            "parent_ref": "P1" if parent == case.family.mother else "P2",
            "held_at": case.world.written_now,
            "outcome": "spoken",
        }
        before = _count(case, "wrap-around-contact")
        case.front_door.send("contacts", contact)
        case.waits_for_history("wrap-around-contact", before + 1)


def the_session_is_held(case: Case, number: int, kind: str) -> None:
    """Everybody comes."""
    case.world.calendar_moves_to(case.sessions[-1])
    people = [*case.parents.values(), *(case.children if kind == "family" else ())]
    attendance = [{"person": person, "attended": "yes"} for person in people]
    day = case.world.now.date().isoformat()
    case.reports("session", number=number, held_on=day, kind=kind, attendance=attendance)
    until(lambda: _sessions_received(case) >= number, f"{case.family.agency} to hear of session {number}")


def the_work_is_completed(case: Case) -> None:
    """With each person's own view, and measures at the end."""
    people = [*case.parents.values(), *case.children]
    views = [{"person": person, "change": "better", "words": "we speak again"} for person in people]
    measures = [a_measure(person, "closure") for person in case.parents.values()]
    case.reports("case-closed", reason="completed", views=views, measures=measures)
    assert case.hears("closed")["outcome"] == "completed"


def the_provider_asks_again_after(case: Case, months: int) -> None:
    """The calendar moves on; the provider is asked for each parent's measures, asks them, and answers."""
    occasion = f"follow-up-{months}-months"
    asked = until(lambda: _asked(case, occasion), f"the provider to be asked for {occasion} of {case.id}")
    assert {each.body["person_id"] for each in asked} == set(case.parents.values())
    for parent in case.parents.values():
        case.reports("measure", measure=a_measure(parent, occasion))


def a_measure(person: str, occasion: str) -> dict[str, Any]:
    """A score."""
    instrument = {"instrument": "relationship-quality", "version": "1"}
    return {"person": person, **instrument, "occasion": occasion, "score": 20.0}


def _details(case: Case) -> list[Heard]:
    assert case.provider is not None
    offers = case.provider.received(case.id, "referral-offered")
    newest = offers[-1].body["referral_id"] if offers else None
    details = case.provider.received(case.id, "parent-details-shared")
    mine = [each for each in details if each.body["referral_id"] == newest]
    return mine if len(mine) == len(case.parents) or len(mine) > 1 else []


def _reminders(case: Case, parent: str, number: int) -> list[str]:
    mails = case.world.mailbox.to(case.family.practitioner_of(parent)["email"], case.id)
    reminders = [each for each in mails if "A session is coming up" in each]
    return reminders if len(reminders) >= number else []


def _count(case: Case, trigger: str) -> int:
    return sum(line["trigger"] == trigger for line in case.world.coordinator.case(case.id)["history"])


def _sessions_received(case: Case) -> int:
    return sum(each.get("step") == "session" for each in case.front_door.progress(case.family.ref))


def _asked(case: Case, occasion: str) -> list[Heard]:
    assert case.provider is not None
    asked = [each for each in case.provider.received(case.id, "follow-up-asked") if each.body["occasion"] == occasion]
    return asked if len(asked) >= 2 else []
