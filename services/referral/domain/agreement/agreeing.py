"""Whether a referral may go out, why it waits where it may not, and the agreement itself.

Without both parents' agreement, each one's privacy notice and a recorded legal basis nothing leaves the service,
whoever asks for it.
"""

from datetime import date

from services.referral.domain.agreement.consent import expired_parents
from services.referral.domain.agreement.offers import Catalogue, Offer
from services.referral.domain.agreement.participation import takes_part
from services.referral.domain.agreement.people import has_changed, offered_now, to_look_at
from services.referral.domain.agreement.waiting_list import join
from services.referral.domain.case.case import AgreedBy, Case, Family, Referral
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import Actor, Trigger, WaitingReason
from services.referral.domain.case.transitions import Transition
from shared.contracts.referral import AgreedChild, AgreedParent, ReferralAgreed
from shared.contracts.vocabulary import Decision, Service


def obstacle_to_referral(case: Case, catalogue: Catalogue, *, sign_at_hand: bool) -> WaitingReason | None:
    """What keeps a case from going out whoever agrees to it, and wherever it stands; None where nothing does.

    Asked by agreement, panel, waiting list, re-offer, reopening and a changed family alike. `sign_at_hand`: a sign of
    abuse is known of the family, in another case or further on in what is being read.
    """
    if sign_at_hand:
        return WaitingReason.SIGN_OF_ABUSE
    if case.questioned is not None:
        return WaitingReason.PEOPLE_DIFFER
    if case.is_taken_back:
        return WaitingReason.SCREENING_TAKEN_BACK
    return missing_condition(case, catalogue)


def missing_condition(case: Case, catalogue: Catalogue) -> WaitingReason | None:
    """The first of the conditions that is not there. An unknown is never read as given."""
    parents = case.family.parents if case.family else ()
    needed = 1 if case.family and case.family.one_parent else 2
    if case.decision is not Decision.REFER or len(parents) < needed or not all(p.agrees_to_referral for p in parents):
        return WaitingReason.AGREEMENT_MISSING
    if _has_withdrawn_since(case):
        return WaitingReason.AGREEMENT_MISSING
    if not all(parent.privacy_notice_on for parent in parents):
        return WaitingReason.PRIVACY_NOTICE_MISSING
    if expired_parents(case):
        return WaitingReason.CONSENT_EXPIRED
    if not catalogue.legal_bases.get(case.agency):
        return WaitingReason.LEGAL_BASIS_MISSING
    return None


def _has_withdrawn_since(case: Case) -> bool:
    """Whether a parent withdrew after this case's screening was sent: what arrives late is no newer agreement."""
    sent = case.submitted_at
    said = (case.family_withdrew_at, case.withdrew_at)
    return any(withdrew is not None and (sent is None or withdrew > sent) for withdrew in said)


def family_reason(case: Case) -> WaitingReason | None:
    """What is known, or not yet known, of the family through other front doors that keeps the case from going out."""
    if case.open_elsewhere:
        return WaitingReason.OPEN_CASE_OF_FAMILY
    if case.recognised is None:
        return WaitingReason.FAMILY_TO_RECOGNISE
    return WaitingReason.LIKENESS_TO_CONFIRM if case.recognised == "doubtful" else None


def reason_to_wait(case: Case, catalogue: Catalogue, today: date, *, sign_at_hand: bool) -> WaitingReason | None:
    """Why a person has to look at the case; None where the area lets it through.

    `sign_at_hand`: a sign of abuse is known of the family, in another case or further on in what is being read.
    """
    obstacle = obstacle_to_referral(case, catalogue, sign_at_hand=sign_at_hand)
    area = catalogue.areas.get(case.area)
    if area is None and obstacle not in (WaitingReason.SIGN_OF_ABUSE, WaitingReason.PEOPLE_DIFFER):
        return WaitingReason.AREA_NOT_REGISTERED
    if obstacle:
        return obstacle
    if looked := to_look_at(case):
        return looked
    if case.corrected_after:
        return case.corrected_after
    if case.service == Service.COORDINATOR_DECIDES:
        return WaitingReason.COORDINATOR_DECIDES
    if area is None or not area.automatic_agreement:
        return WaitingReason.AREA_ASKS_COORDINATOR
    if catalogue.choice(case, case.service, today) is None:
        return WaitingReason.NO_ELIGIBLE_OFFER
    return family_reason(case)


def agree_or_wait(progress: Progress, catalogue: Catalogue, *, sign_at_hand: bool) -> None:
    """Agrees a waiting case at once where its area lets it through; else says on the worklist why it waits."""
    case = progress.case
    today = progress.moment.now.date()
    reason = reason_to_wait(case, catalogue, today, sign_at_hand=sign_at_hand)
    if reason:
        progress.wait(reason)
        return
    choice = catalogue.choice(case, case.service, today)
    if choice is None:
        raise ValueError("a case without any choice has a reason to wait")
    if choice.waits:
        join(progress, catalogue, Trigger.LIST_AUTOMATICALLY, choice.offer, "area-setting")
    else:
        agree(progress, catalogue, Trigger.AGREE_AUTOMATICALLY, choice.offer, "area-setting")


def offer_next(progress: Progress, catalogue: Catalogue, declined: Referral, *, sign_at_hand: bool) -> None:
    """After a provider declined: the next offer or its waiting list under the same agreement, else the worklist."""
    case = progress.case
    choice = catalogue.choice(case, declined.service, progress.moment.now.date())
    reason = obstacle_to_referral(case, catalogue, sign_at_hand=sign_at_hand) or to_look_at(case) or family_reason(case)
    if reason is None and has_changed(case, declined):
        reason = WaitingReason.FAMILY_CHANGED
    if reason or choice is None:
        progress.wait(reason or WaitingReason.NO_ELIGIBLE_OFFER)
    elif choice.waits:
        join(progress, catalogue, Trigger.LIST_AUTOMATICALLY, choice.offer, declined.agreed_by)
    else:
        agree(progress, catalogue, Trigger.OFFER_NEXT, choice.offer, declined.agreed_by)


def agree(
    progress: Progress,
    catalogue: Catalogue,
    trigger: Trigger,
    offer: Offer,
    agreed_by: AgreedBy,
    *,
    by: Actor | None = None,
) -> None:
    """Sends the case to the provider of an offer. The caller has made sure of the conditions."""
    legal_basis, family = catalogue.legal_bases.get(progress.case.agency), progress.case.family
    if legal_basis is None or family is None:
        raise ValueError("nothing can be agreed without a legal basis and a screening")
    row = progress.move(trigger, detail=offer.offer, by=by)
    referral = Referral(
        referral_id=progress.moment.new_id(),
        number=len(progress.case.referrals) + 1,
        offer=offer.offer,
        provider=offer.provider,
        service=offer.service,
        agreed_by=agreed_by,
        agreed_at=progress.moment.now,
        follows=progress.case.latest.referral_id if progress.case.latest else None,
        offered=offered_now(progress.case),
    )
    send(progress, row, referral, legal_basis, family)


def send(progress: Progress, row: Transition, referral: Referral, legal_basis: str, family: Family) -> None:
    """Adds a referral to its case and tells of it. The caller has made sure of the conditions."""
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
    """The parents as a provider's side is told of them."""
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
    """The children, and whether each takes part as things stand."""
    return tuple(
        AgreedChild(
            person_id=child.person_id,
            age=child.age,
            expected_on=child.expected_on,
            takes_part=takes_part(case, child),
        )
        for child in family.children
    )
