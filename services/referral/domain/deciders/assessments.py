"""A provider's initial assessment: of the case at once, or of each parent alone where intake is individual."""

from services.referral.domain.case.course import Assessed
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import Referral
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.endings import closed, end
from shared.contracts.provider import InitialAssessment
from shared.contracts.referral import ParentAssessed, ProviderAssessed
from shared.contracts.vocabulary import AssessmentOutcome, ClosureReason


def assess(progress: Progress, update: InitialAssessment, referral: Referral) -> None:
    """Notes who was seen. One parent for whom the service is not suitable ends it: it takes both."""
    seen, outcome = tuple(update.parents_seen), update.outcome
    progress.change(course=progress.case.course_now.with_met(seen, progress.stamp.now))
    if update.parents is not None:
        for each in update.parents:
            row = progress.move(Trigger.PARENT_ASSESSED, each.outcome, detail=str(each.parent))
            progress.report(row, ParentAssessed, referral, person_id=each.parent, outcome=each.outcome)
            assessed = Assessed(person_id=each.parent, outcome=each.outcome)
            progress.change(course=progress.case.course_now.with_assessed(assessed))
            if each.outcome is AssessmentOutcome.NOT_SUITABLE:
                outcome = each.outcome
        course = progress.case.course_now
        seen = tuple(each.person_id for each in course.assessed)
        # Those whom the provider was notified of: who came to the family since, it has not heard of yet.
        if outcome is AssessmentOutcome.SUITABLE and not all(map(course.outcome_of, progress.case.informed_parents)):
            return
    if outcome is AssessmentOutcome.SUITABLE:
        row = progress.move(Trigger.ASSESSED_SUITABLE)
        progress.report(row, ProviderAssessed, referral, outcome=outcome, parents_seen=seen)
        return
    row = end(progress, Trigger.ASSESSED_NOT_SUITABLE, AssessmentOutcome.NOT_SUITABLE, stopped=False)
    progress.report(row, ProviderAssessed, referral, outcome=AssessmentOutcome.NOT_SUITABLE, parents_seen=seen)
    closed(progress, row, referral, ClosureReason.UNSUITABLE, ())
