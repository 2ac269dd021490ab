"""What the star's rules decide, on cases made by hand, and what of them was known on a day."""

import os
import subprocess
import sys
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import ibis
import pytest

from services.outcomes.domain.star.reported import REPORTED
from services.outcomes.domain.star.rules import OF_STAR, of_cases, of_everything_else
from services.outcomes.domain.star.tables import PARTITIONED, STAR, Kind
from shared.contracts.vocabulary import ParentRole
from tests.support.case_stories import START, Story
from tests.support.star import Rows, random_story, reported_of, star_from, star_of

DAY = START.date()
NEVER_KNOWN: Rows = {name: [] for name in PARTITIONED}


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


def after(days: int) -> date:
    return DAY + timedelta(days=days)


def test_every_table_has_the_columns_and_kinds_that_it_is_documented_with() -> None:
    made = {**of_cases(), **of_everything_else()}
    for name, table in STAR.items():
        columns = {column: str(kind) for column, kind in made[OF_STAR + name].schema().items()}
        assert columns == {column: each.kind.value for column, each in table.columns.items()}
        assert set(table.key) <= table.columns.keys()


def test_no_column_holds_what_engines_differ_in() -> None:
    for table in REPORTED.values():
        assert set(table.key) <= table.columns.keys()
        assert table.optional <= table.columns.keys()
    schemas = [each.schema() for steps in (of_cases(), of_everything_else()) for each in steps.values()]
    kinds = {str(kind).removeprefix("!") for schema in schemas for kind in schema.types}
    assert kinds == {kind.value for kind in Kind}


@pytest.mark.parametrize("dialect", ["duckdb", "databricks"])
def test_every_rule_can_be_written_for_duckdb_and_for_spark(dialect: str) -> None:
    for steps in (of_cases(), of_everything_else()):
        assert all(ibis.to_sql(each, dialect=dialect) for each in steps.values())


def test_the_rules_are_the_same_text_in_every_process() -> None:
    """Else each start of the service would take them for others, and write every month again."""
    asks = "from services.outcomes.repository.star_engine import rules_digest; print(rules_digest())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", asks], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


def test_a_case_that_went_all_the_way() -> None:
    story = Story().screened().pass_days(2).agreed().pass_days(1).accepted().pass_days(4).assessed().pass_days(7)
    story.session(1, ("yes", "no", "late")).pass_days(7).session(2, ("late", "yes")).pass_days(30).closed()
    story.pass_days(170).asked().measured("follow-up-6-months")
    star = star_of(story)
    case = only(star["case"])
    assert (case["parents"], case["fathers"], case["children"], case["referrals"]) == (2, 1, 1, 1)
    assert (case["screened_on"], case["first_submitted_on"], case["first_agreed_on"]) == (DAY, DAY, after(2))
    assert (case["started_on"], case["completed_on"], case["ended_on"]) == (after(14), after(51), after(51))
    assert case["ending"] == "completed"
    referral = only(star["referral"])
    days = [referral[f"{step}_on"] for step in ("submitted", "agreed", "accepted", "assessed", "started", "closed")]
    assert days == [DAY, after(2), after(3), after(7), after(14), after(51)]
    assert (referral["nth"], referral["sessions"], referral["completed"], referral["assessed_as"]) == (
        *(1, 2, True),
        "suitable",
    )
    assert [(each["parents"], each["fathers"], each["children"]) for each in star["session"]] == [(1, 0, 1), (2, 1, 0)]
    mother, father = (next(p for p in star["parent"] if p["person_id"] == str(who)) for who in story.parents)
    assert (mother["started_on"], father["started_on"]) == (after(14), after(21))
    assert (mother["completed_on"], mother["change"], mother["is_father"]) == (after(51), "better", False)
    assert (mother["asked_6_months_on"], mother["answered_6_months_on"]) == (after(221), after(221))
    assert (father["asked_6_months_on"], father["answered_6_months_on"], father["is_father"]) == (None, None, True)
    assert mother["answered_12_months_on"] is None


def test_a_correction_is_in_force_whatever_its_date_and_the_screening_before_is_still_counted_as_one() -> None:
    story = (
        Story()
        .screened("not-ready")
        .screened("refer", corrects=True, area="E07000086", submitted_at=START - timedelta(days=3))
    )
    star = star_of(story)
    assert (only(star["case"])["area"], only(star["case"])["decision"]) == ("E07000086", "refer")
    assert only(star["case"])["screened_on"] == after(-3)
    assert {each["decision"]: each["in_force"] for each in star["screening"]} == {"not-ready": False, "refer": True}
    assert star["case_reason"] == []


def test_the_highest_revision_is_in_force_be_it_from_a_screening_or_from_one_that_was_taken_back() -> None:
    story = Story().screened("refer", stands=True, revision=1)
    first = story.submission
    story.screened("not-ready", stands=True, revision=2)
    assert only(star_of(story)["case"])["decision"] == "not-ready"
    story.taken_back(story.submission, first, 3)
    star = star_of(story)
    assert only(star["case"])["decision"] == "refer"
    assert only(star["screening"])["in_force"]


def test_a_case_of_which_every_screening_was_taken_back_is_nowhere() -> None:
    story = Story().screened()
    story.events[0] = story.events[0].model_copy(update={"measures": story.measured_before(story.parents[0], 12.0)})
    story.agreed().accepted().session(1, ("yes", "yes")).measured("closure").closed()
    assert all(star_of(story)[name] for name in set(PARTITIONED) - {"case_reason"})
    story.taken_back(story.submission, None, 1)
    star = star_of(story)
    assert {name: star[name] for name in PARTITIONED} == NEVER_KNOWN


def test_a_measure_that_came_with_a_screening_that_was_taken_back_is_gone_with_it() -> None:
    story = Story().screened(revision=1)
    kept = story.submission
    story.screened(revision=2, measures=story.measured_before(story.parents[0], 12.0))
    assert len(star_of(story)["measure"]) == 1
    assert star_of(story.taken_back(story.submission, kept, 3))["measure"] == []


def test_a_session_counts_by_its_last_report_and_not_at_all_once_it_was_taken_back() -> None:
    story = Story().screened().agreed().session(1, ("yes", "yes")).session(1, ("no", "yes"))
    star = star_of(story)
    assert (only(star["session"])["parents"], only(star["session"])["fathers"]) == (1, 1)
    assert [each["attended"] for each in star["attendance"]].count("no") == 1
    mother = next(each for each in star["parent"] if each["person_id"] == str(story.parents[0]))
    assert mother["started_on"] is None
    story.session(1, ())
    story.events[-1] = story.events[-1].model_copy(update={"taken_back": True})
    star = star_of(story)
    assert star["session"] == star["attendance"] == []
    assert (only(star["case"])["started_on"], only(star["referral"])["sessions"]) == (None, 0)


def test_a_halt_outranks_a_closure_of_the_same_place_and_whoever_is_opened_again_has_not_ended() -> None:
    story = Story().screened().agreed().closed("withdrawn")
    story.sequence -= 1
    story.halted()
    assert only(star_of(story)["case"])["ending"] == "halted-for-safety"
    again = (
        Story().screened().agreed().accepted().session(1, ("yes", "no")).pass_days(5).closed().pass_days(9).reopened()
    )
    star = star_of(again)
    case = only(star["case"])
    assert (case["ended_on"], case["ending"], case["completed_on"], case["referrals"]) == (None, None, after(5), 2)
    mother, father = (next(p for p in star["parent"] if p["person_id"] == str(who)) for who in again.parents)
    assert (mother["completed_on"], father["completed_on"]) == (after(5), None)
    ended = only(star_of(again.pass_days(20).closed("withdrawn"))["case"])
    assert (ended["ended_on"], ended["ending"], ended["completed_on"]) == (after(34), "withdrawn", after(5))


def test_a_provider_that_declined_twice_has_the_first_day_and_the_last_reason() -> None:
    story = Story().screened().agreed().pass_days(1).declined("no-capacity").pass_days(1).declined("not-suitable")
    referral = only(star_of(story)["referral"])
    assert (referral["declined_on"], referral["declined_for"]) == (after(1), "not-suitable")


def test_that_a_family_came_again_is_on_its_new_case_by_the_first_report() -> None:
    before, another = uuid4(), uuid4()
    story = Story().screened().again(before, 6, same_reason=False).pass_days(1).again(another, 12)
    case = only(star_of(story)["case"])
    assert (case["previous_case_id"], case["again_within_months"], case["again_for_same_reason"]) == (
        *(str(before), 6),
        False,
    )
    assert case["again_on"] == DAY


def test_somebody_is_a_father_where_any_record_names_them_one_and_counts_once_whichever_named_them() -> None:
    story = Story(roles=("mother", "step-parent")).screened().agreed()
    story.events[-1] = story.events[-1].model_copy(
        update={
            "parents": tuple(p.model_copy(update={"role": ParentRole.FATHER}) for p in story.events[-1].parents[1:])
        }  # type: ignore[attr-defined]
    )
    star = star_of(story)
    assert {each["person_id"]: (each["is_father"], each["referred"]) for each in star["parent"]} == {
        str(story.parents[0]): (False, False),
        str(story.parents[1]): (True, True),
    }
    assert (only(star["case"])["fathers"], only(star["referral"])["fathers"]) == (0, 1)


def test_what_became_of_somebody_follows_from_the_published_norms_of_the_instrument() -> None:
    def verdict(instrument: str, before: float, now: float) -> Any:
        story = Story().screened().agreed()
        story.measured("baseline", 0, before, instrument).measured("closure", 0, now, instrument)
        found = {each["occasion"]: each for each in star_of(story)["measure"]}
        assert (found["baseline"]["baseline"], found["baseline"]["verdict"]) == (None, None)
        assert found["closure"]["baseline"] == before
        return found["closure"]["verdict"]

    assert verdict("phq-9", 20, 5) == "recovered"
    assert verdict("phq-9", 25, 15) == "improved"
    assert verdict("phq-9", 15, 14) == "unchanged"
    assert verdict("phq-9", 5, 20) == "deteriorated"
    assert verdict("of-our-own", 5, 20) is None


def test_a_price_is_that_of_the_referrals_own_offer_and_unknown_where_it_has_none() -> None:
    story = Story().screened().agreed()
    price = {"offer": "common-ground-mediation", "unit_cost_for": "session", "unit_cost_pence": 4_500}
    known = only(star_of(story, more={"offer_price": [price]})["referral"])
    assert (known["unit_cost_pence"], known["unit_cost_for"]) == (4_500, "session")
    unknown = only(star_of(story, more={"offer_price": [price | {"unit_cost_pence": None}]})["referral"])
    assert (unknown["unit_cost_pence"], unknown["unit_cost_for"]) == (None, None)


def training(position: int, **values: Any) -> dict[str, Any]:
    return {"training_id": "t", "position": position, "practitioner_id": "p", "recorded_on": DAY, **values}


def test_a_training_counts_by_its_last_report_and_ratings_by_one_version_of_the_instrument() -> None:
    def rating(position: int, occasion: str, score: int, version: str = "1") -> dict[str, Any]:
        return training(position, module="m", occasion=occasion, instrument="own", version=version, score=score)

    more = {
        "training_said": [training(1, completed_on=after(-9)), training(2, completed_on=after(-8), profession="nurse")],
        "training_said_area": [training(1, area="E1"), training(2, area="E2")],
        "training_said_module": [training(1, module="old"), training(2, module="m")],
        "confidence_said": [
            *(rating(3, "before", 2), rating(4, "after", 3), rating(5, "after", 4)),
            rating(6, "follow-up", 5, version="2"),
        ],
        "training_use_said": [training(7, used=False), training(8, used=True)],
    }
    star = star_from({}, more=more)
    assert only(star["training"]) == {
        **{"training_id": "t", "practitioner_id": "p", "profession": "nurse", "completed_on": after(-8)},
        "used": True,
    }
    assert only(star["training_area"])["area"] == "E2"
    of_newest_version = {"training_id": "t", "module": "m", "before": None, "after": None, "later": 5}
    assert only(star["training_module"]) == of_newest_version
    of_one_version = star_from({}, more=more | {"confidence_said": more["confidence_said"][:3]})
    assert only(of_one_version["training_module"]) == of_newest_version | {"before": 2, "after": 4, "later": None}
    withdrawn = star_from({}, more=more | {"training_said": [*more["training_said"], training(9)]})
    assert withdrawn["training"] == withdrawn["training_area"] == withdrawn["training_module"] == []


def test_as_known_on_a_day_a_later_correction_is_not_in_it_however_early_it_is_dated() -> None:
    story = (
        Story()
        .screened("not-ready")
        .pass_days(10)
        .screened("refer", corrects=True, submitted_at=START - timedelta(days=1))
    )
    assert only(star_of(story)["case"])["screened_on"] == after(-1)
    then = star_of(story, known_on=after(9))
    assert (only(then["case"])["decision"], only(then["case"])["screened_on"]) == ("not-ready", DAY)
    assert star_of(story, known_on=after(10)) == star_of(story)
    assert star_of(story, known_on=after(-1))["case"] == []


def test_as_known_on_a_day_a_session_that_was_taken_back_later_was_held_and_a_late_report_was_not_known() -> None:
    story = Story().screened().agreed().session(1, ("yes", "yes")).pass_days(20)
    late = story.session(2, ("yes", "yes"))
    late.events[-1] = late.events[-1].model_copy(update={"held_on": after(3)})
    story.pass_days(5).session(1, ())
    story.events[-1] = story.events[-1].model_copy(update={"taken_back": True})
    assert [each["number"] for each in star_of(story)["session"]] == [2]
    assert [each["number"] for each in star_of(story, known_on=after(24))["session"]] == [1, 2]
    assert [each["number"] for each in star_of(story, known_on=after(19))["session"]] == [1]
    assert only(star_of(story, known_on=after(19))["case"])["started_on"] == DAY


def test_a_screening_that_was_taken_back_later_was_in_force_until_then() -> None:
    story = Story().screened().pass_days(4)
    story.taken_back(story.submission, None, 1)
    assert star_of(story)["case"] == []
    assert len(star_of(story, known_on=after(3))["case"]) == 1


def test_no_column_is_empty_that_may_not_be_and_no_key_is_there_twice() -> None:
    chance = Random(11)
    star = star_of(*(random_story(chance) for _ in range(60)))
    for name, table in STAR.items():
        for row in star[name]:
            empty = {column for column, value in row.items() if value is None}
            assert empty <= {column for column, each in table.columns.items() if each.optional}, name
        keys = [tuple(row[column] for column in table.key) for row in star[name]]
        assert len(keys) == len(set(keys)), name
    of_cases_alone = {row["case_id"] for row in star["case"]}
    assert {row["case_id"] for name in PARTITIONED for row in star[name]} == of_cases_alone
    assert all(star[name] for name in PARTITIONED if name != "case_reason")


@pytest.mark.parametrize("seed", range(5))
def test_what_was_known_on_a_day_is_the_star_of_what_had_happened_by_then(seed: int) -> None:
    """Whatever order the rows are in: what came after that day may as well not have come."""
    chance = Random(seed)
    story = random_story(chance)
    day = after(chance.randint(0, 40))
    by_then = [event for event in story.events if event.occurred_at.date() <= day]
    reported: Rows = {name: chance.sample(rows, len(rows)) for name, rows in reported_of(story.events).items()}
    assert star_from(reported, known_on=day) == star_from(reported_of(by_then))
