"""Measures: the answers to a validated instrument, item by item, and the score that is their sum."""

from collections.abc import Mapping
from typing import Any

from services.referral.domain.case.shown_to_provider import ShownReferral, Stage
from services.referral.web.provider import words
from services.referral.web.provider.questions import Question, choice
from shared.contracts.instruments import Instrument, instrument

_AFTER = ("follow-up-6-months", "follow-up-12-months")


def measure_questions(shown: ShownReferral, about: str) -> tuple[Question, ...]:
    """Which instrument; once that is known, of whom, when, and each of its answers."""
    known = _known(about)
    if known is None:
        return (choice("instrument", "Which questionnaire?", words.INSTRUMENTS, "Select the questionnaire"),)
    occasions = {
        code: text for code, text in words.OCCASIONS.items() if (code in _AFTER) is (shown.stage is Stage.CLOSED)
    }
    lowest, highest = (int(each) for each in known.answers)
    answers = {str(each): str(each) for each in range(lowest, highest + 1)}
    people = {str(each.person_id): each.called for each in shown.people}
    return (
        choice("person", "Whose answers are they?", people, "Select whose answers they are"),
        choice("occasion", "When were they given?", occasions, "Select when they were given"),
        *(
            choice(
                f"item-{number}", f"Question {number}", answers, f"Select the answer to question {number}", inline=True
            )
            for number in range(1, known.items + 1)
        ),
    )


def measure_of(_shown: ShownReferral, about: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The update. A risk item that signals harm stops the case, as a safety concern does."""
    items = {name.removeprefix("item-"): float(value) for name, value in answers.items() if name.startswith("item-")}
    measure = {
        "person": answers["person"],
        "instrument": about,
        "version": "1",
        "occasion": answers["occasion"],
        "score": sum(items.values()),
        "items": items,
    }
    return {"update": "measure", "measure": measure}


def _known(about: str) -> Instrument | None:
    return instrument(about) if about in words.INSTRUMENTS else None
