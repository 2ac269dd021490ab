"""When participants are asked how sure they feel, what many answers come to, and what makes the whole course."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workforce.domain.confidence import Days, may_rate, mean_change, own_ratings
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.follow_up import Answer, check_answer, follow_up_of
from services.workforce.domain.places import decide_booking, decide_giving_up
from services.workforce.domain.session import Arranged, Session, apply, replay
from services.workforce.web.certificate_pdf import COURSE, of_course, of_training, pdf_of
from shared.contracts.workforce import ConfidenceOccasion, HowOften, Profession, TrainingDelivery, TrainingModule

BEFORE, AFTER, LATER = ConfidenceOccasion.BEFORE, ConfidenceOccasion.AFTER, ConfidenceOccasion.FOLLOW_UP
FIRST, LAST = date(2041, 4, 15), date(2041, 4, 16)
IN_PERSON = Days.of([LAST, FIRST], "in-person")
E_LEARNING = Days.of([FIRST, LAST], "e-learning")
DAY = timedelta(days=1)
MODULE, OTHER = TrainingModule.ENGAGING_PARENTS, TrainingModule.CHILDRENS_EXPERIENCES
WHO, TRAINING = UUID(int=1), UUID(int=101)


@pytest.mark.parametrize(
    ("occasion", "days", "status", "today", "asked"),
    [
        (BEFORE, IN_PERSON, "booked", FIRST, True),
        (BEFORE, IN_PERSON, "waiting", FIRST - DAY, True),
        (BEFORE, IN_PERSON, "booked", FIRST + DAY, False),
        (BEFORE, IN_PERSON, "completed", FIRST, False),
        (BEFORE, E_LEARNING, "booked", LAST, True),
        (AFTER, IN_PERSON, "booked", LAST - DAY, False),
        (AFTER, IN_PERSON, "booked", LAST, True),
        (AFTER, IN_PERSON, "partly", date(2041, 10, 15), True),
        (AFTER, IN_PERSON, "completed", date(2041, 10, 16), False),
        (AFTER, IN_PERSON, "absent", LAST, False),
        (AFTER, IN_PERSON, "waiting", LAST, False),
        (AFTER, E_LEARNING, "booked", LAST, False),
        (AFTER, E_LEARNING, "completed", FIRST, True),
        (LATER, IN_PERSON, "completed", LAST, False),
    ],
)
def test_when_a_participant_is_asked(
    occasion: ConfidenceOccasion, days: Days, status: str, today: date, asked: bool
) -> None:
    assert may_rate(occasion, days, status, today) is asked  # type: ignore[arg-type]


def _booked() -> Session:
    arranged = Arranged(
        modules=(MODULE,),
        areas=("E10000014",),
        days=(FIRST, LAST),
        delivery=TrainingDelivery.IN_PERSON,
        delivered_by="amity",
        places=1,
    )
    session = replay(UUID(int=99), [arranged])
    return apply(session, decide_booking(session, TRAINING, WHO, "schools", Profession.TEACHER, FIRST - DAY))


def test_only_what_is_taught_is_rated_and_only_on_its_scale() -> None:
    session = _booked()
    place = session.everybody[TRAINING]
    (rating,) = own_ratings(session, place, BEFORE, {MODULE: 5}, FIRST)
    assert (rating.training_id, rating.score) == (TRAINING, 5)
    for scores in ({MODULE: 0}, {MODULE: 6}, {OTHER: 3}):
        with pytest.raises(InvalidError):
            own_ratings(session, place, BEFORE, scores, FIRST)
    with pytest.raises(NotAllowedError):
        own_ratings(session, place, AFTER, {MODULE: 3}, FIRST)


def test_a_place_is_given_up_with_a_reason_that_the_history_keeps() -> None:
    (change,) = decide_giving_up(_booked(), TRAINING, FIRST, "not-free")
    assert change.model_dump()["reason"] == "not-free"


def test_with_how_many_families_agrees_with_whether_it_was_used() -> None:
    asked = follow_up_of(TRAINING, WHO, "schools", (MODULE,), FIRST)
    today = date(2041, 11, 1)
    check_answer(asked, Answer(True, HowOften.WEEKLY, families=3, obstacles=("no-time",)), today)
    check_answer(asked, Answer(False, HowOften.NEVER, families=0), today)
    check_answer(asked, Answer(True, HowOften.WEEKLY), today)
    for answer in (Answer(True, HowOften.WEEKLY, families=0), Answer(False, HowOften.NEVER, families=2)):
        with pytest.raises(InvalidError, match="families"):
            check_answer(asked, answer, today)


def test_the_mean_change_has_the_interval_that_a_textbook_gives() -> None:
    # Changes 1, 2, 3: mean 2, standard deviation 1, t of two degrees of freedom 4.3027.
    change = mean_change([(1, 2), (1, 3), (1, 4)], smallest_group=3)
    assert change is not None
    assert (change.people, change.mean) == (3, 2)
    assert (round(change.low, 3), round(change.high, 3)) == (-0.484, 4.484)


@given(pairs=st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=20), smallest=st.integers(1, 20))
def test_nothing_is_shown_of_fewer_than_the_smallest_group(pairs: list[tuple[int, int]], smallest: int) -> None:
    change = mean_change(pairs, smallest)
    assert (change is None) == (len(pairs) < max(smallest, 2))
    if change:
        assert change.low <= change.mean <= change.high


def _held(number: str, modules: tuple[str, ...], until: date | None = None) -> dict[str, object]:
    completed = date(2041, 4, int(number))
    return {
        "certificate": f"2041-{number:0>6}",
        "modules": modules,
        "completed_on": completed,
        "valid_until": until,
        "delivered_by": "amity",
    }


def test_the_whole_course_depends_on_what_counts_today() -> None:
    first, rest = _held("2", COURSE[:1], date(2042, 1, 1)), _held("1", COURSE[1:])
    made = of_course([first, rest], "Amara Okoye", date(2042, 1, 1), "https://check")
    assert made is not None
    assert list(made.numbers) == ["2041-000002", "2041-000001"]
    assert "Valid until 1 January 2042" in made.dates
    assert of_course([first, rest], "Amara Okoye", date(2042, 1, 2), "https://check") is None
    assert of_course([rest], "Amara Okoye", date(2042, 1, 1), "https://check") is None


@pytest.mark.parametrize(("name", "passes"), [("#image(*Łukasz O'Hara*", True), ("陳大文", False)])
def test_a_certificate_is_tagged_whatever_the_name_and_takes_nothing_of_it_for_markup(name: str, passes: bool) -> None:
    made = of_training(_held("1", (MODULE,)), name, "https://check", MODULE)
    assert made is not None
    content = pdf_of(made)
    assert b"/StructTreeRoot" in content
    assert (b"pdfuaid" in content) is passes
    assert of_training(_held("1", (MODULE,)), name, "https://check", OTHER) is None
