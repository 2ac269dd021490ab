"""The simulated providers: plausible case by case, and near the national figures over many families."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from deploy.demo.simulation import Parent, simulate
from shared.contracts.provider import provider_update

MakeFamily = Callable[[int], Any]
FAMILIES = 3_000
SEED = 3


@pytest.fixture(scope="module")
def courses(family: MakeFamily) -> list[tuple[list[Parent], list[dict[str, Any]]]]:
    """A declined family goes to another provider where the area has one: here every second family."""
    found = []
    for number in range(FAMILIES):
        offer, parents = family(number)
        updates = simulate(SEED, offer, parents)
        if updates[-1]["update"] == "referral-declined" and number % 2:
            updates = simulate(SEED, offer.model_copy(update={"offer": "second-offer"}), parents)
        found.append((parents, updates))
    return found


def starters(parents: list[Parent], updates: list[dict[str, Any]]) -> set[str]:
    came = {
        entry["person"]
        for update in updates
        if update["update"] == "session"
        for entry in update["attendance"]
        if entry["attended"] != "no"
    }
    return came & {str(parent.person_id) for parent in parents}


def closing_reason(updates: list[dict[str, Any]]) -> str | None:
    return next((update["reason"] for update in updates if update["update"] == "case-closed"), None)


def test_the_funnel_in_parents_is_near_the_national_one(courses: list[Any]) -> None:
    referred = sum(len(parents) for parents, _ in courses)
    started = sum(len(starters(parents, updates)) for parents, updates in courses)
    completed = sum(
        len(starters(parents, updates)) for parents, updates in courses if closing_reason(updates) == "completed"
    )
    answered = Counter(
        update["measure"]["occasion"] for _, updates in courses for update in updates if update["update"] == "measure"
    )
    assert started / referred == pytest.approx(0.79, abs=0.015)
    assert completed / started == pytest.approx(0.56, abs=0.02)
    assert answered["follow-up-6-months"] / referred == pytest.approx(0.144, abs=0.01)
    assert answered["follow-up-12-months"] / referred == pytest.approx(0.061, abs=0.01)


def test_all_endings_occur_in_their_shares(courses: list[Any], family: MakeFamily) -> None:
    first = [simulate(SEED, *family(number))[0]["update"] for number in range(FAMILIES)]
    assert first.count("referral-declined") / FAMILIES == pytest.approx(0.04, abs=0.01)
    endings = Counter(closing_reason(updates) or updates[-1]["update"] for _, updates in courses)
    assert {"completed", "ended-early", "withdrawn", "no-contact"} < set(endings)
    not_suitable = sum(updates[-1].get("outcome") == "not-suitable" for _, updates in courses)
    assert not_suitable / FAMILIES == pytest.approx(0.035, abs=0.01)
    concerns = sum(
        updates[-1]["update"] == "safety-concern" or updates[-1].get("outcome") == "safety-concern"
        for _, updates in courses
    )
    assert concerns / FAMILIES == pytest.approx(0.01, abs=0.006)


def test_measures_improve_on_average(courses: list[Any]) -> None:
    scores: dict[tuple[str, str], list[float]] = {}
    for _, updates in courses:
        for update in updates:
            measures = [update["measure"]] if update["update"] == "measure" else update.get("measures", [])
            for measure in measures:
                scores.setdefault((measure["instrument"], measure["occasion"]), []).append(measure["score"])
    mean = {key: sum(values) / len(values) for key, values in scores.items()}
    assert mean["core-10", "closure"] < mean["core-10", "baseline"] - 2
    assert mean["cors", "closure"] > mean["cors", "baseline"] + 2


def test_every_update_is_of_the_agreed_shape_and_in_the_order_of_its_dates(
    courses: list[Any], family: MakeFamily
) -> None:
    for number, (_, updates) in enumerate(courses):
        for update in updates:
            provider_update.validate_json(json.dumps(update))
        times = [datetime.fromisoformat(update["occurred_at"]) for update in updates]
        assert times == sorted(set(times))
        assert times[0] > family(number)[0].agreed_at
        assert all(time.weekday() < 5 for time in times)
        assert len({update["update_id"] for update in updates}) == len(updates)


def test_parents_are_contacted_only_in_safe_ways_and_at_safe_times(courses: list[Any]) -> None:
    for parents, updates in courses:
        contacts = {str(parent.person_id): parent.details["contact"] for parent in parents}
        for update in updates:
            if update["update"] == "contact-attempted":
                safe = contacts[update["parent"]]
                assert update["method"] in safe["safe_methods"]
                hour = datetime.fromisoformat(update["occurred_at"]).hour
                assert safe["safe_times"] != "weekday mornings" or hour < 12
                assert safe["safe_times"] != "after 18:00" or hour >= 18


def test_nothing_follows_a_safety_concern(courses: list[Any]) -> None:
    for _, updates in courses:
        for update in updates[:-1]:
            assert update["update"] != "safety-concern"
            assert update.get("outcome") != "safety-concern"


def test_sessions_are_numbered_one_by_one(courses: list[Any]) -> None:
    for _, updates in courses:
        numbers = [update["number"] for update in updates if update["update"] == "session"]
        assert numbers == list(range(1, len(numbers) + 1))


def test_the_same_family_goes_the_same_way_on_another_installation(family: MakeFamily) -> None:
    for number in range(50):
        offer, parents = family(number)
        again = [Parent(uuid4(), each.role, each.details) for each in reversed(parents)]
        other = offer.model_copy(
            update={
                "case_id": uuid4(),
                "referral_id": uuid4(),
                "parents": tuple(each.person_id for each in again),
                "children_taking_part": tuple(uuid4() for _ in offer.children_taking_part),
            }
        )
        first, second = simulate(SEED, offer, parents), simulate(SEED, other, again)
        assert [_without_ids(update) for update in first] == [_without_ids(update) for update in second]
        assert first == simulate(SEED, offer, parents)
        assert {update["update_id"] for update in first}.isdisjoint(update["update_id"] for update in second)


def test_another_seed_goes_another_way(family: MakeFamily) -> None:
    offer, parents = family(7)
    assert simulate(1, offer, parents) != simulate(2, offer, parents)


def _without_ids(value: Any) -> Any:
    ids = ("update_id", "case_id", "person", "parent", "parents_seen", "expected")
    if isinstance(value, dict):
        return {name: _without_ids(inner) for name, inner in value.items() if name not in ids}
    if isinstance(value, list):
        return [_without_ids(inner) for inner in value]
    return value


def test_some_families_sessions_are_scheduled_and_then_held_on_that_day(courses: list[Any]) -> None:
    planned = [updates for _, updates in courses if any(each["update"] == "session-scheduled" for each in updates)]
    assert 0.06 < len(planned) / FAMILIES < 0.2
    for updates in planned:
        pending: dict[int, dict[str, Any]] = {}
        for each in updates:
            if each["update"] == "session-scheduled":
                pending[each["number"]] = each
            elif each["update"] == "session":
                plan = pending.pop(each["number"])
                assert plan["scheduled_for"][:10] == each["held_on"]
                assert plan["occurred_at"] <= each["occurred_at"]
                assert plan["expected"] == [entry["person"] for entry in each["attendance"]]
        assert pending == {}
