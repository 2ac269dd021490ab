"""The words of the trainer's pages."""

from collections.abc import Mapping

from services.workforce.domain.modules import MODULES
from shared.contracts.workforce import TrainingDelivery

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
OUTCOMES: Mapping[str, str] = {"completed": "Came to all of it", "partly": "Came in part", "absent": "Did not come"}


def modules(codes: list[str]) -> list[str]:
    """The titles of what is taught, in the order of the table."""
    return [about.title for module, about in MODULES.items() if module in codes]
