"""The referral as it goes out: the case has one more, and its provider is sent whom it concerns."""

from services.referral.domain.agreement.participation import takes_part
from services.referral.domain.case.case import Case
from services.referral.domain.case.family import Family
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import Referral
from services.referral.domain.case.transitions import Transition
from shared.contracts.referral import AgreedChild, AgreedParent, ReferralAgreed


def send(progress: Progress, row: Transition, referral: Referral, legal_basis: str, family: Family) -> None:
    """Adds a referral to its case and sends it. The caller has made sure of the conditions."""
    before = progress.case.latest
    progress.change(referrals=(*progress.case.referrals, referral), corrected_after=None)
    progress.emit(
        row,
        ReferralAgreed,
        submission_id=progress.case.submission_id,
        referral_id=referral.referral_id,
        offer=referral.offer,
        provider=referral.provider,
        service=referral.service,
        agreed_by=referral.agreed_by,
        legal_basis=legal_basis,
        follows=referral.follows,
        follows_because=before.ended_because if before else None,
        practitioner=family.practitioner,
        parents=agreed_parents(family),
        children=agreed_children(progress.case, family),
    )


def agreed_parents(family: Family) -> tuple[AgreedParent, ...]:
    """The parents as a provider's side learns of them."""
    return tuple(
        AgreedParent(
            person_id=parent.person_id,
            ref=parent.ref,
            role=parent.role,
            first_language=parent.first_language,
            wrap_around=parent.wrap_around,
        )
        for parent in family.parents
    )


def agreed_children(case: Case, family: Family) -> tuple[AgreedChild, ...]:
    """The children, and whether each takes part at present."""
    return tuple(
        AgreedChild(
            person_id=child.person_id,
            age=child.age,
            expected_on=child.expected_on,
            takes_part=takes_part(case, child),
        )
        for child in family.children
    )
