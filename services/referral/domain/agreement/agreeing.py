"""The agreement itself, and why a case waits where it is not agreed."""

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.obstacles import obstacle_in_family, obstacle_without_a_person
from services.referral.domain.agreement.offers import Offer
from services.referral.domain.agreement.people import has_changed, offered_now
from services.referral.domain.agreement.sending import send
from services.referral.domain.agreement.waiting_list import join
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.referral import AgreedBy, Referral
from services.referral.domain.case.states import Actor, Trigger, WaitingReason
from shared.contracts.vocabulary import Service


def reason_to_wait(case: Case, context: DecisionContext) -> WaitingReason | None:
    """Why a person has to look at the case; None where the area lets it through."""
    obstacle = obstacle_without_a_person(case, context)
    area = context.catalogue.areas.get(case.area)
    if area is None and obstacle not in (WaitingReason.SIGN_OF_ABUSE, WaitingReason.PEOPLE_DIFFER):
        return WaitingReason.AREA_NOT_REGISTERED
    if obstacle:
        return obstacle
    if case.corrected_after:
        return case.corrected_after
    if case.service == Service.COORDINATOR_DECIDES:
        return WaitingReason.COORDINATOR_DECIDES
    if area is None or not area.automatic_agreement:
        return WaitingReason.AREA_ASKS_COORDINATOR
    if context.catalogue.choice(case, case.service, context.now.date()) is None:
        return WaitingReason.NO_ELIGIBLE_OFFER
    return obstacle_in_family(case, context)


def agree_or_wait(progress: Progress, context: DecisionContext) -> None:
    """Agrees a waiting case at once where its area lets it through; else the worklist shows why it waits."""
    case = progress.case
    reason = reason_to_wait(case, context)
    if reason:
        progress.wait(reason)
        return
    choice = context.catalogue.choice(case, case.service, context.now.date())
    if choice is None:
        raise ValueError("a case without any choice has a reason to wait")
    if choice.waits:
        join(progress, context, Trigger.LIST_AUTOMATICALLY, choice.offer, "area-setting")
    else:
        agree(progress, context, Trigger.AGREE_AUTOMATICALLY, choice.offer, "area-setting")


def offer_next(progress: Progress, context: DecisionContext, declined: Referral) -> None:
    """After a provider declined: the next offer or its waiting list under the same agreement, else the worklist."""
    case = progress.case
    choice = context.catalogue.choice(case, declined.service, context.now.date())
    reason = obstacle_without_a_person(case, context) or obstacle_in_family(case, context)
    if reason is None and has_changed(case, declined):
        reason = WaitingReason.FAMILY_CHANGED
    if reason or choice is None:
        progress.wait(reason or WaitingReason.NO_ELIGIBLE_OFFER)
    elif choice.waits:
        join(progress, context, Trigger.LIST_AUTOMATICALLY, choice.offer, declined.agreed_by)
    else:
        agree(progress, context, Trigger.OFFER_NEXT, choice.offer, declined.agreed_by)


def agree(
    progress: Progress,
    context: DecisionContext,
    trigger: Trigger,
    offer: Offer,
    agreed_by: AgreedBy,
    *,
    by: Actor | None = None,
) -> None:
    """Sends the case to the provider of an offer. The caller has made sure of the conditions."""
    legal_basis, family = context.catalogue.legal_bases.get(progress.case.agency), progress.case.family
    if legal_basis is None or family is None:
        raise ValueError("nothing can be agreed without a legal basis and a screening")
    row = progress.move(trigger, detail=offer.offer, by=by)
    referral = Referral(
        referral_id=context.new_id(),
        number=len(progress.case.referrals) + 1,
        offer=offer.offer,
        provider=offer.provider,
        service=offer.service,
        agreed_by=agreed_by,
        agreed_at=context.now,
        follows=progress.case.latest.referral_id if progress.case.latest else None,
        offered=offered_now(progress.case),
    )
    send(progress, row, referral, legal_basis, family)
