"""May this go out? The one place that knows what keeps a case from being referred.

Without both parents' agreement, each one's privacy notice and a recorded legal basis nothing leaves the service,
whoever asks for it. Agreement, panel, waiting list, re-offer, reopening and a changed family ask here.
"""

from services.referral.domain.agreement.consent import expired_parents
from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.people import to_look_at
from services.referral.domain.case.case import Case
from services.referral.domain.case.states import WaitingReason
from shared.contracts.vocabulary import Decision


def obstacle_to_referral(case: Case, context: DecisionContext) -> WaitingReason | None:
    """What keeps a case from going out whoever agrees to it, and in whatever state; None where nothing does."""
    if context.sign_in_family:
        return WaitingReason.SIGN_OF_ABUSE
    if case.restricted:
        return WaitingReason.RESTRICTED
    if case.questioned is not None:
        return WaitingReason.PEOPLE_DIFFER
    if case.is_taken_back:
        return WaitingReason.SCREENING_TAKEN_BACK
    return _missing_condition(case, context)


def obstacle_without_a_person(case: Case, context: DecisionContext) -> WaitingReason | None:
    """What keeps a case from going out where no person looks at it before: also what one has to look at first."""
    return obstacle_to_referral(case, context) or to_look_at(case)


def obstacle_in_family(case: Case, context: DecisionContext) -> WaitingReason | None:
    """What is known, or not yet known, of the family through other front doors that keeps the case from going out."""
    if context.open_elsewhere:
        return WaitingReason.OPEN_CASE_OF_FAMILY
    if case.recognised is None:
        return WaitingReason.FAMILY_TO_RECOGNISE
    return WaitingReason.LIKENESS_TO_CONFIRM if case.recognised == "doubtful" else None


def _missing_condition(case: Case, context: DecisionContext) -> WaitingReason | None:
    """The first of the conditions that is not there. An unknown is never read as given."""
    parents = case.family.parents if case.family else ()
    needed = 1 if case.family and case.family.one_parent else 2
    if case.decision is not Decision.REFER or len(parents) < needed or not all(p.agrees_to_referral for p in parents):
        return WaitingReason.AGREEMENT_MISSING
    if _has_withdrawn_since(case, context):
        return WaitingReason.AGREEMENT_MISSING
    if not all(parent.privacy_notice_on for parent in parents):
        return WaitingReason.PRIVACY_NOTICE_MISSING
    if expired_parents(case):
        return WaitingReason.CONSENT_EXPIRED
    if not context.catalogue.legal_bases.get(case.agency):
        return WaitingReason.LEGAL_BASIS_MISSING
    return None


def _has_withdrawn_since(case: Case, context: DecisionContext) -> bool:
    """Whether a parent withdrew after this case's screening was sent: what arrives late is no newer agreement."""
    sent = case.submitted_at
    withdrawals = (context.family_withdrew_at, case.withdrew_at)
    return any(withdrew is not None and (sent is None or withdrew > sent) for withdrew in withdrawals)
