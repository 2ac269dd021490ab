"""Which of two screenings of a case holds, and whether one withdraws what was agreed, in whatever order they come."""

from datetime import datetime

from services.referral.domain.case.case import Case
from services.referral.domain.case.states import TERMINAL, State
from shared.contracts.screening import ScreeningCompleted


def is_newest(case: Case, event: ScreeningCompleted) -> bool:
    """Whether this screening is newer than the one that the case holds.

    The screening service reports so: it is in force, and more has changed with it than with what the case holds. Events
    from before that was reported go by their times: there, a correction is newer than what it names, whatever the
    clocks showed. One in question is newer than none there, and here it is the newest question of who the people are.
    """
    if event.submission_id in case.taken_back:
        return False
    if event.revision and case.submission_id and case.submission_id in (event.submission_id, event.in_question):
        # It is held already: what was reported before the screening service knew so is reported again.
        return False
    if event.in_question == event.submission_id:
        return True
    if event.submission_id == case.in_force_instead:
        return event.submission_id != case.submission_id
    held = max(case.revision, case.questioned.revision if case.questioned else 0)
    if event.revision:
        nothing_held = case.submission_id is None and case.questioned is None and not held
        return nothing_held or (event.stands and event.revision > held)
    if held:
        return False
    if case.submitted_at is None or event.supersedes == case.submission_id:
        return True
    return event.submitted_at >= case.submitted_at and case.supersedes != event.submission_id


def withdraws(case: Case, event: ScreeningCompleted) -> bool:
    """Whether a parent who had agreed through this front door does so no longer, by this screening.

    No time that anybody wrote ranks above a withdrawal: one that comes after the agreement was recorded counts, in the
    order of arrival, though the screening is newer than none. Only what the case's own screening names as
    corrected by it, or what was taken back, does not. `case` is the case before it; one that is over takes up nothing
    more. A parent who never agreed here has not withdrawn from what they agreed to elsewhere.
    """
    if case.family is None or case.state in TERMINAL or event.submission_id in case.taken_back:
        return False
    if event.submission_id == case.supersedes:
        return False
    had_agreed = case.state is State.JOINED or all(parent.agrees_to_referral for parent in case.family.parents)
    return had_agreed and not _all_agree(event)


def _withdrawn_at(case: Case, event: ScreeningCompleted) -> datetime:
    """When the withdrawal counts from: never before the agreement that it ends."""
    return max(event.submitted_at, case.submitted_at or event.submitted_at)


def _agrees_again(case: Case, event: ScreeningCompleted) -> bool:
    """Whether an agreement of all ends what a parent withdrew before: it was sent later, or corrects that screening."""
    if case.withdrew_at is None or event.submitted_at >= case.withdrew_at:
        return True
    corrects = event.supersedes is not None and event.supersedes == case.submission_id
    return corrects and case.family is not None and not all(each.agrees_to_referral for each in case.family.parents)


def _all_agree(event: ScreeningCompleted) -> bool:
    return all(parent.agrees_to_referral for parent in event.parents)
