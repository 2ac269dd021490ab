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
    assert [row["units"] for row in await outcomes.counted("practitioners-trained")] == [2]
    for occasion, mean in (("before", 1.0), ("after", 4.0), ("later", 5.0)):
        (row,) = await outcomes.counted(f"confidence-{occasion}")
        assert row["mean"] == mean, occasion
    (row,) = await outcomes.counted("training-used")
    assert (row["counted"], row["met"]) == (1, 1)
    screened_by = {row["category"]: row["met"] for row in await outcomes.counted("screeners-trained-mix")}
    assert screened_by == {"trained": 2, "not-trained": 1}
    complete = {row["standing"]: row for row in await outcomes.counted("screenings-complete")}
    assert {standing: (row["counted"], row["met"]) for standing, row in complete.items()} == {
        "never-trained": (1, 0),
        "before-training": (2, 1),
        "after-training": (3, 2),
    }
    same = {row["standing"]: row for row in await outcomes.counted("screenings-complete-of-the-same")}
    assert (same["after-training"]["counted"], same["after-training"]["share"]) == (2, 1.0)
    referring = {row["standing"]: row for row in await outcomes.counted("screenings-referring-of-the-same")}
    assert referring["after-training"]["share"] == 0.5
