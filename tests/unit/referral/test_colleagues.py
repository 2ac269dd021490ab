"""What one coordinator may ask of another: cases given, and cover for leave."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from services.referral.domain.deciders.colleagues import (
    AskedToCover,
    Cover,
    Given,
    GivenBecause,
    areas_to_cover,
    may_be_given,
    may_end,
)
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError

TODAY = date(2026, 3, 2)
KNOWN = {"E1": {"anna", "ben"}, "E2": {"anna", "ben", "carl"}, "E3": {"carl"}}


def asked(absent: str = "anna", coverer: str = "ben", begins: int = 0, ends: int = 7) -> AskedToCover:
    return AskedToCover(absent, coverer, TODAY + timedelta(days=begins), TODAY + timedelta(days=ends))


def test_cover_is_for_the_areas_that_both_are_coordinators_of() -> None:
    assert areas_to_cover(asked(), KNOWN, TODAY, who="anna", for_others=False) == ["E1", "E2"]
    assert areas_to_cover(asked(coverer="carl"), KNOWN, TODAY, who="anna", for_others=False) == ["E2"]
    # One day, and today, is the shortest.
    assert areas_to_cover(asked(ends=0), KNOWN, TODAY, who="anna", for_others=False)


@pytest.mark.parametrize(
    ("wrong", "who", "for_others", "field"),
    [
        (asked(absent="ben", coverer="carl"), "anna", False, "absent"),
        (asked(coverer="anna"), "anna", False, "coverer"),
        (asked(coverer="dora"), "anna", False, "coverer"),
        (asked(begins=3, ends=2), "anna", False, "ends"),
        (asked(begins=-5, ends=-1), "anna", False, "ends"),
        (asked(ends=184), "anna", False, "ends"),
    ],
)
def test_what_cannot_be_is_refused_by_field(wrong: AskedToCover, who: str, for_others: bool, field: str) -> None:
    with pytest.raises(InvalidCommandError) as refused:
        areas_to_cover(wrong, KNOWN, TODAY, who=who, for_others=for_others)
    assert refused.value.field == field


def test_an_administrator_names_it_for_others_and_ends_it() -> None:
    assert areas_to_cover(asked(), KNOWN, TODAY, who="an administrator", for_others=True) == ["E1", "E2"]
    cover = Cover(UUID(int=1), ["E1"], *asked())
    for who, for_others in (("anna", False), ("ben", False), ("an administrator", True)):
        may_end(cover, who, for_others=for_others)
    with pytest.raises(ConflictError):
        may_end(cover, "carl", for_others=False)


@pytest.mark.parametrize(
    ("to", "held_by", "holder", "refused"),
    [
        ("ben", None, None, None),
        ("ben", "anna", "anna", None),
        ("carl", None, None, "not known as a coordinator"),
        ("ben", "anna", "ben", "has it in hand already"),
        ("ben", None, "anna", "Meanwhile anna"),
        ("ben", "anna", None, "Meanwhile nobody"),
    ],
)
def test_a_case_is_given_as_it_was_when_it_was_selected(
    to: str, held_by: str | None, holder: str | None, refused: str | None
) -> None:
    given = Given("dora", GivenBecause.WORKLOAD, held_by)
    if refused is None:
        may_be_given(given, to, holder, KNOWN["E1"])
    else:
        with pytest.raises(ConflictError, match=refused):
            may_be_given(given, to, holder, KNOWN["E1"])
