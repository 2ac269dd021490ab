"""The words of the pages."""

from collections.abc import Iterable, Mapping

from services.workforce.domain.follow_up import Obstacle
from services.workforce.domain.modules import MODULES
from services.workforce.domain.session import CancelReason
from shared.contracts.workforce import ConfidenceOccasion, HowOften, TrainingDelivery, TrainingModule

DELIVERIES: Mapping[str, str] = {
    TrainingDelivery.IN_PERSON: "In person",
    TrainingDelivery.ONLINE: "Online",
    TrainingDelivery.E_LEARNING: "E-learning",
}
STATUSES: Mapping[str, tuple[str, str]] = {
    "booked": ("Has a place", "govuk-tag--blue"),
    "waiting": ("Waits for a place", "govuk-tag--yellow"),
    "given-up": ("Gave it up", "govuk-tag--grey"),
    "completed": ("Completed", "govuk-tag--green"),
    "partly": ("Came in part", "govuk-tag--orange"),
    "absent": ("Did not come", "govuk-tag--grey"),
}
OWN_STATUSES: Mapping[str, str] = {
    "booked": "You have a place",
    "completed": "You completed it",
    "partly": "You came in part",
    "absent": "You did not come",
}
OUTCOMES: Mapping[str, str] = {"completed": "Came to all of it", "partly": "Came in part", "absent": "Did not come"}

REASONS: Mapping[CancelReason, str] = {
    "not-free": "I am not free on that day",
    "ill": "I am ill",
    "work-comes-first": "Something urgent at work",
    "no-cover": "Nobody can stand in for me",
    "another-session": "I go to another session",
    "left-the-post": "I leave this work",
    "other": "Another reason",
}
HOW_OFTEN: Mapping[HowOften, str] = {
    HowOften.WEEKLY: "About every week",
    HowOften.MONTHLY: "About every month",
    HowOften.LESS_OFTEN: "Less often",
    HowOften.NEVER: "I have not used it",
}
OBSTACLES: Mapping[Obstacle, str] = {
    "no-family-yet": "I have met no family whom it would suit",
    "no-time": "I had no time",
    "not-sure-enough": "I do not feel sure enough",
    "no-support": "My team or manager does not support it",
    "families-did-not-want-it": "Families did not want to talk about it",
    "nowhere-to-refer": "There was nowhere to refer them to",
    "other": "Something else",
}
ASKED: Mapping[ConfidenceOccasion, str] = {
    ConfidenceOccasion.BEFORE: "How sure you feel before the training",
    ConfidenceOccasion.AFTER: "How sure you feel after the training",
    ConfidenceOccasion.FOLLOW_UP: "What you made of the training",
}
FOLLOW_UPS: Mapping[str, tuple[str, str]] = {
    "open": ("Not answered yet", "govuk-tag--yellow"),
    "answered": ("Answered", "govuk-tag--green"),
    "unanswered": ("Never answered", "govuk-tag--grey"),
}


def statements(codes: Iterable[str]) -> list[dict[str, str]]:
    """What a participant is asked of each of these modules, in the order of the course."""
    chosen = set(codes)
    return [
        {"module": module.value, "title": about.title, "statement": about.statement}
        for module, about in MODULES.items()
        if module in chosen
    ]


def score_fields(codes: Iterable[str]) -> dict[str, TrainingModule]:
    """The fields of a form in which a participant says how sure they feel, with the module of each."""
    return {f"confidence-{code}": TrainingModule(code) for code in codes}


def modules(codes: list[str]) -> list[str]:
    """The titles of what is taught, in the order of the table."""
    return [about.title for module, about in MODULES.items() if module in codes]
