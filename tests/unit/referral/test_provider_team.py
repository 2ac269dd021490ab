"""Who of a provider's people may have a referral in hand."""

from collections.abc import Callable

import pytest

from services.referral.domain.case.shown_to_provider import Stage
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.domain.deciders.provider_team import Given, may_give, may_give_back, may_take

PEOPLE = ["ana", "ben"]


def test_a_free_referral_is_taken_and_one_s_own_again_without_effect() -> None:
    may_take(Stage.NEW, None, "ana")
    may_take(Stage.IN_SESSIONS, "ana", "ana")
    may_give(Stage.ACCEPTED, Given("boss", "ben", "ana"), "ana", PEOPLE)
    # Somebody who has left is relieved of it, also of one that has stopped.
    may_give(Stage.STOPPED, Given("boss", None, "gone"), "gone", PEOPLE)
    may_give_back("ana", "ana")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: may_take(Stage.NEW, "ben", "ana"), ConflictError),
        (lambda: may_take(Stage.CLOSED, None, "ana"), ConflictError),
        (lambda: may_take(Stage.STOPPED, None, "ana"), ConflictError),
        (lambda: may_give_back("ben", "ana"), ConflictError),
        (lambda: may_give_back(None, "ana"), ConflictError),
        (lambda: may_give(Stage.STOPPED, Given("boss", "ben", None), None, PEOPLE), ConflictError),
        (lambda: may_give(Stage.NEW, Given("boss", "ben", None), "ana", PEOPLE), ConflictError),
        (lambda: may_give(Stage.NEW, Given("boss", "of-another-provider", None), None, PEOPLE), InvalidCommandError),
    ],
)
def test_what_another_has_or_what_is_over_is_not_taken_or_given(
    wrong: Callable[[], None], error: type[Exception]
) -> None:
    with pytest.raises(error):
        wrong()
