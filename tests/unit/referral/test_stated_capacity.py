"""What a provider states of an offer's places, and that places and waiting lists follow it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.referral.domain.agreement.stated_capacity import Stated
from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.stating_places import AskedPlaces, decide_places
from tests.support.referral_families import START
from tests.unit.referral.test_waiting_lists import ONLY, Town

TODAY = START.date()
SOON = TODAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("free", "agreed", "taken", "families"),
    [(2, 5, 1, 3), (0, 5, 4, 4), (0, None, 3, 3), (4, None, 0, 4), (1, 3, 2, 3)],
)
def test_what_is_free_now_is_kept_as_families_at_once(free: int, agreed: int | None, taken: int, families: int) -> None:
    stated = decide_places(AskedPlaces(free, SOON, ""), agreed, taken, TODAY)
    assert (stated.families, stated.in_force) == (families, families)


@pytest.mark.parametrize(
    ("free", "until", "agreed", "field"),
    [
        (4, SOON, 5, "free"),
        (0, SOON, 0, "free"),
        (-1, SOON, None, "free"),
        (1, TODAY - timedelta(days=1), None, "until"),
        (1, TODAY + timedelta(days=184), None, "until"),
    ],
)
def test_more_than_is_agreed_or_for_longer_is_for_the_area(
    free: int, until: date, agreed: int | None, field: str
) -> None:
    with pytest.raises(InvalidCommandError) as refused:
        decide_places(AskedPlaces(free, until, ""), agreed, 2, TODAY)
    assert refused.value.field == field


def test_the_directory_may_agree_fewer_afterwards_and_a_statement_ends_after_its_day() -> None:
    stated = Stated(5, SOON, "", 3)
    assert stated.in_force == 3
    assert not stated.is_over(SOON)
    assert stated.is_over(SOON + timedelta(days=1))


def test_with_no_place_for_now_families_wait_and_get_the_place_when_there_is_one() -> None:
    """An offer without a limit has a list as soon as its provider has no place."""
    town = Town(capacity=None)
    stated = decide_places(AskedPlaces(0, SOON, ""), None, 0, TODAY)
    town.rows.offers = {ONLY: replace(town.rows.offers[ONLY], capacity=stated.in_force, stated=stated)}
    town.refer("first")
    assert town.states() == {"first": "waiting-list"}
    town.allocate(day=2)
    assert town.states() == {"first": "waiting-list"}
    town.rows.offers = {ONLY: replace(town.rows.offers[ONLY], capacity=None, stated=None)}
    town.allocate(day=31)
    assert town.states() == {"first": "offered"}


def test_an_offer_that_the_area_has_closed_since_has_no_list() -> None:
    town = Town()
    stated = Stated(2, SOON, "", 0)
    town.rows.offers = {ONLY: replace(town.rows.offers[ONLY], capacity=stated.in_force, stated=stated)}
    town.refer("first")
    assert town.states() == {"first": "awaiting-coordinator"}
