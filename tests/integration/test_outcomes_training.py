"""Training in outcomes: who was trained, and whether their referrals got better."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts import workforce
from shared.contracts.practitioners import practitioner_id
from tests.support.case_stories import Story
from tests.support.outcomes_service import Outcomes, running

DAY = date(2041, 4, 15)
NOON = datetime(2041, 4, 20, 12, tzinfo=UTC)
ENGAGING = workforce.TrainingModule.ENGAGING_PARENTS
A, B, C = (practitioner_id("schools", own_id) for own_id in "ABC")


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def completed(who: UUID, training: UUID, on: date = DAY) -> workforce.TrainingCompleted:
    return workforce.TrainingCompleted(
        practitioner_id=who,
        agency="schools",
        occurred_at=NOON,
        training_id=training,
        session_id=uuid4(),
        areas=("E10000014",),
        modules=(ENGAGING,),
        profession=workforce.Profession.TEACHER,
        delivery=workforce.TrainingDelivery.ONLINE,
        delivered_by="amity",
        completed_on=on,
        valid_until=None,
    )


def rated(who: UUID, training: UUID, occasion: str, score: int) -> workforce.ConfidenceRated:
    return workforce.ConfidenceRated(
        practitioner_id=who,
        agency="schools",
        occurred_at=NOON,
        training_id=training,
        module=ENGAGING,
        occasion=workforce.ConfidenceOccasion(occasion),
        instrument="practitioner-confidence",
        version="1",
        score=score,
    )


def screened(who: UUID, on: date, decision: str) -> Any:
    (event,) = Story().screened(decision).events
    at = datetime.combine(on, datetime.min.time(), UTC)
    worker = event.practitioner.model_copy(update={"practitioner_id": who})
    changes = {"case_id": uuid4(), "submission_id": uuid4(), "submitted_at": at, "practitioner": worker}
    return event.model_copy(update=changes)


async def hear(outcomes: Outcomes, events: list[workforce.PractitionerEvent]) -> None:
    records = [outcomes.record("training", event.subject(), event, NOON) for event in events]
    # Delivered in any order and twice, each keeps its place on the topic.
    random.Random(1).shuffle(records)
    for record in (*records, *records):
        await outcomes.consumers["training"].process([record])


async def test_referrals_before_and_after_training_are_beside_each_other(outcomes: Outcomes) -> None:
    first, second, wrong = uuid4(), uuid4(), uuid4()
    answer = workforce.TrainingFollowUpAnswered(
        practitioner_id=A,
        agency="schools",
        occurred_at=NOON,
        training_id=first,
        answered_on=date(2041, 11, 1),
        used=True,
        how_often=workforce.HowOften.WEEKLY,
        trains_others=False,
    )
    named = workforce.ChampionNamed(
        practitioner_id=A, agency="schools", occurred_at=NOON, named_on=DAY, modules_held=(ENGAGING,)
    )
    withdrawn = workforce.TrainingWithdrawn(practitioner_id=C, agency="schools", occurred_at=NOON, training_id=wrong)
    await hear(
        outcomes,
        [
            *(completed(A, first), rated(A, first, "before", 1), rated(A, first, "after", 3)),
            *(rated(A, first, "after", 4), rated(A, first, "follow-up", 5), answer, named),
            *(completed(B, second), rated(B, second, "before", 3)),
            *(completed(C, wrong), withdrawn),
        ],
    )
    before, after = date(2041, 4, 14), DAY
    await outcomes.receive(
        [
            *(screened(A, before, "more-information"), screened(A, before, "refer")),
            *(screened(A, after, "refer"), screened(A, after, "domestic-abuse-pathway")),
            screened(B, after, "more-information"),
            screened(C, after, "more-information"),
        ]
    )
    training = (await outcomes.summary())["training"]
    reach = {key: training[key] for key in ("trained", "screen", "trained_who_screen", "champions")}
    assert reach == {"trained": 2, "screen": 3, "trained_who_screen": 2, "champions": 1}
    (module,) = training["by_module"]
    assert (module["module"], module["practitioners"], module["rated"]) == ("engaging-parents", 2, 1)
    assert (module["confidence_before"], module["confidence_after"], module["confidence_later"]) == (1.0, 4.0, 5.0)
    assert (module["answered_later"], module["used"]) == (1, 1)
    quality = {row["standing"]: row for row in training["quality"]}
    assert list(quality) == ["never-trained", "before-training", "after-training"]
    assert quality["never-trained"]["complete_share"] == 0.0
    assert (quality["before-training"]["screenings"], quality["before-training"]["complete_share"]) == (2, 0.5)
    assert (quality["after-training"]["screenings"], quality["after-training"]["same_screenings"]) == (3, 2)
    assert (quality["after-training"]["same_complete_share"], quality["after-training"]["same_referred_share"]) == (
        1.0,
        0.5,
    )
