"""Each parent's own consent, for each purpose: given, withdrawn, expired.

The referral needs every parent's consent. The evaluation goes by the area's legal basis until a parent decides on
it; a parent who withdraws is asked for no measures any more, and nobody else is concerned. A child takes part as
long as no parent's consent to it has ended.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from uuid import UUID

from services.referral.domain.agreement.participation import report_participation
from services.referral.domain.agreement.people import show_people
from services.referral.domain.calendar.spans import day_after
from services.referral.domain.case.case import Case, Waiting
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import WITH_PROVIDER, State, Trigger, WaitingReason
from shared.contracts.directory import default_of

CONSENT_VALID_DAYS = default_of("consent_valid_days")


def expires_at(given_on: date, valid_days: int) -> datetime:
    """The first moment at which a consent of that day is no longer in force."""
    return datetime.combine(day_after(given_on, valid_days), time(), UTC)


def lapse_consent(progress: Progress, person: UUID, purpose: str, child: UUID | None) -> None:
    """Notes that a consent is not in force, for whatever is decided next."""
    case = progress.case
    if purpose == "referral":
        progress.change(consent_expired=case.consent_expired | {person})
    elif purpose == "evaluation":
        progress.change(no_evaluation=case.no_evaluation | {person})
    elif child:
        progress.change(children_out=case.children_out | {f"{child}/{person}"})


def renew_consent(progress: Progress, person: UUID, purpose: str, child: UUID | None) -> None:
    """Notes that a consent is in force. A child that both parents took out takes part again once both agree."""
    case = progress.case
    if purpose == "referral":
        progress.change(consent_expired=case.consent_expired - {person})
        waiting = progress.case.waiting
        if waiting and waiting.reason is WaitingReason.CONSENT_EXPIRED and not expired_parents(progress.case):
            progress.change(waiting=Waiting(waiting.before, waiting.since) if waiting.before else None)
            show_people(progress)
    elif purpose == "evaluation":
        progress.change(no_evaluation=case.no_evaluation - {person})
    elif child:
        progress.change(children_out=case.children_out - {f"{child}/{person}"})


def expired_parents(case: Case) -> frozenset[UUID]:
    """The parents of the newest screening whose consent to the referral has expired."""
    parents: Iterable[UUID] = (parent.person_id for parent in case.family.parents) if case.family else ()
    return case.consent_expired & frozenset(parents)


def expire(progress: Progress, person: UUID, purpose: str, child: UUID | None) -> None:
    """A consent's time is over. Nothing new is sent without it; a coordinator looks at what a provider works on."""
    case = progress.case
    about = "/".join(str(each) for each in (person, child) if each)
    row = progress.move(Trigger.CONSENT_EXPIRED, purpose, detail=about)
    lapse_consent(progress, person, purpose, child)
    report_participation(progress, row, case)
    if purpose == "referral" and case.state in WITH_PROVIDER | {State.AWAITING_COORDINATOR}:
        _wait_for_consent(progress)


def _wait_for_consent(progress: Progress) -> None:
    """Shows that a consent has expired, beside what the case waited for before. A sign of abuse stays what is shown."""
    earlier = progress.case.waiting
    if earlier and earlier.reason in (WaitingReason.SIGN_OF_ABUSE, WaitingReason.CONSENT_EXPIRED):
        return
    since = earlier.since if earlier else progress.stamp.now
    before = earlier.reason if earlier else None
    progress.change(waiting=Waiting(WaitingReason.CONSENT_EXPIRED, since, before))
