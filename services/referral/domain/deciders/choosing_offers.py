"""The offer that a person agrees a case with: the one that they name, or the first choice."""

from datetime import date

from services.referral.domain.agreement.context import DecisionContext
from services.referral.domain.agreement.eligibility import WhyNot
from services.referral.domain.agreement.offers import Catalogue, Choice
from services.referral.domain.case.case import Case
from services.referral.domain.deciders.commands import Agree, ConflictError, InvalidCommandError
from shared.contracts.vocabulary import Service


def choose_offer(case: Case, command: Agree, context: DecisionContext) -> Choice:
    """The offer for the family, and whether it waits for a place there. Raises ConflictError or InvalidCommandError."""
    today = context.now.date()
    if command.offer:
        return _named_offer(case, command.offer, context.catalogue, today, wait=command.wait)
    return _first_offer(case, context.catalogue, today, wait=command.wait)


def _first_offer(case: Case, catalogue: Catalogue, today: date, *, wait: bool) -> Choice:
    if case.service == Service.COORDINATOR_DECIDES:
        raise ConflictError("The case cannot be agreed without an offer: the screening leaves the service to you.")
    choice = catalogue.choice(case, case.service, today, rather_wait=wait)
    if choice is None:
        raise ConflictError("The case cannot be agreed: no eligible offer in this area has a place.")
    return choice


def _named_offer(case: Case, name: str, catalogue: Catalogue, today: date, *, wait: bool) -> Choice:
    """The offer that a person chose. Whether it suits is theirs to judge; the area and the places are not."""
    offer = catalogue.offers.get(name)
    if offer is None or case.area not in offer.areas:
        raise InvalidCommandError("offer", "is not an offer in this area")
    against = catalogue.why_not(case, offer, today)
    if WhyNot.OPEN_TO_EVERYBODY in against:
        raise InvalidCommandError("offer", "is open to everybody: the family uses it itself, and nobody is referred")
    if WhyNot.BOTH_PARENTS_NEEDED in against:
        raise InvalidCommandError("offer", "needs both parents, and one takes part")
    if WhyNot.FOR_PROFESSIONALS in against:
        raise InvalidCommandError("offer", "is for professionals, not for families")
    if catalogue.has_place(offer):
        return Choice(offer, waits=False)
    if not catalogue.has_room_to_wait(offer):
        raise ConflictError("The case cannot be agreed: this offer has no place, and none on a waiting list.")
    if not wait:
        raise ConflictError(
            "The case cannot be agreed: this offer has no place. With `wait` the family waits for one, as number "
            f"{catalogue.queue(offer.offer).length + 1} on its list."
        )
    return Choice(offer, waits=True)
