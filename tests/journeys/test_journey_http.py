"""A family's way through parties that have no Kafka: what they hand in over HTTP goes the way of every record."""

from tests.journeys.people import screening
from tests.journeys.steps import (
    Case,
    the_coordinator_agrees_that_it_is_safe_and_appropriate,
    the_provider_gets_each_parents_details_apart,
)
from tests.journeys.world import World

DOOR = "/front-doors/hants-schools/screenings"


def test_what_is_handed_in_over_http_goes_the_way_of_every_record(world: World) -> None:
    family = world.family("hants-schools", "Adeyemi", "Folake", "Tunde")
    record = screening(family, world.now)
    school = world.of_agency("hants-schools")
    answer = school.post("screening", DOOR, record)
    assert (answer["status"], answer["decision"]) == ("decided", "refer")
    # Its own reader of its topic hears of it too, as of any other.
    case = Case(world, family, str(case_of(world, record["submission_id"], family.ref)))
    the_coordinator_agrees_that_it_is_safe_and_appropriate(case)
    the_provider_gets_each_parents_details_apart(case, "mediation-now")
    assert case.provider is not None
    update = {
        "update_id": record["submission_id"],
        "update": "referral-accepted",
        "case_id": case.id,
        "occurred_at": world.written_now,
    }
    mediator = world.of_provider("mediation-now")
    answers = [mediator.post("referral", "/providers/mediation-now/updates", update) for _ in range(2)]
    assert [each["status"] for each in answers] == ["taken", "taken"]
    assert case.hears("accepted")
    # It is refused where the case does not allow it, and the answer says why.
    again = mediator.post("referral", "/providers/mediation-now/updates", update | {"update_id": case.id})
    assert (again["status"], again["reason"]) == ("refused", "not-in-this-state")


def case_of(world: World, submission_id: str, ref: str) -> object:
    """The case that the front door hears of."""
    return world.front_doors["hants-schools"].hears(ref, "screened", submission_id=submission_id)["case_id"]
