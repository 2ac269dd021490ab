"""Follow-up some months after the end, twice: who is asked, and when.

The months are the area's setting, 6 and 12 unless it differs. The occasions keep their names whatever it is:
they are what measures of the first and of the second follow-up are compared by.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from services.referral.domain.calendar.spans import months_after
from services.referral.domain.case.course import Course
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import Trigger
from shared.contracts.referral import FollowUpDue
from shared.contracts.vocabulary import ClosureReason, Occasion

FollowUp = Literal[Occasion.FOLLOW_UP_6_MONTHS, Occasion.FOLLOW_UP_12_MONTHS]
FIRST: FollowUp = Occasion.FOLLOW_UP_6_MONTHS
SECOND: FollowUp = Occasion.FOLLOW_UP_12_MONTHS

# Whose work had begun and who did not withdraw.
_ASKED_AFTER = frozenset({ClosureReason.COMPLETED, ClosureReason.ENDED_EARLY})


def follow_up_times(course: Course, months: Mapping[FollowUp, int]) -> dict[FollowUp, datetime]:
    """When the follow-ups that are still to come are due; none where nobody came to a session."""
    if course.closed_at is None or course.closed_because not in _ASKED_AFTER or not course.started:
        return {}
    return {
        occasion: months_after(course.closed_at, later)
        for occasion, later in months.items()
        if occasion not in course.shown
    }


def ask(progress: Progress, occasion: FollowUp) -> None:
    """Asks the provider for the measures of each parent who came, consents, and has not answered."""
    case = progress.case
    family, referral, course = case.family, case.latest, case.course_now
    if family is None or referral is None:
        raise ValueError("a follow-up is scheduled only for a case that a provider has ended")
    answered = {each.person_id for each in course.followed_up if each.occasion is occasion}
    for parent in family.parents:
        person = parent.person_id
        if person in answered or person not in course.started or not case.may_be_measured(person):
            continue
        row = progress.move(Trigger.FOLLOW_UP, occasion, detail=str(parent.person_id))
        progress.emit(
            row,
            FollowUpDue,
            referral_id=referral.referral_id,
            provider=referral.provider,
            service=referral.service,
            person_id=parent.person_id,
            occasion=occasion,
        )
    progress.change(course=course.with_shown(occasion))
