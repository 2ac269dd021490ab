"""Which offers there are for a case, and why not: what a coordinator looks at before agreeing."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.agreement.eligibility import BINDING
from services.referral.domain.agreement.offers import Catalogue, Offer
from services.referral.domain.case.case import Case
from services.referral.handlers.errors import UnknownCaseError
from services.referral.repository import waiting_list
from services.referral.repository.reading import case_with_offers, snapshot
from services.referral.web.answers import page, require_case
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import AREA, describes
from shared.service.gate import reach_of


def routes(context: Context) -> list[Route]:
    """GET /cases/{id}/offers and GET /waiting-lists."""

    @page
    async def offers(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        await require_case(context, request, case_id)
        async with snapshot(context.pool) as connection:
            found = await case_with_offers(connection, case_id)
        if found is None:
            raise UnknownCaseError
        case, catalogue = found
        return Json({"case_id": case_id, "service": case.service, "items": listed(context, case, catalogue)})

    @page
    @describes(query=(AREA,))
    async def waiting(request: Request) -> Response:
        area, areas = request.query_params.get("area") or None, reach_of(request).whole_areas
        async with context.pool.acquire() as connection:
            return Json({"items": await waiting_list.page(connection, area, areas)})

    return [Route("/cases/{id:uuid}/offers", offers), Route("/waiting-lists", waiting)]


def listed(context: Context, case: Case, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every offer of the case's area: those that it can have first, in the order in which they would be chosen.

    `person_may_choose`: the reasons against it are ones that a person may judge otherwise.
    """
    today = context.clock.now().date()

    def line(offer: Offer) -> dict[str, Any]:
        against = catalogue.why_not(case, offer, today, case.service)
        free = None if offer.capacity is None else max(0, offer.capacity - catalogue.taken.get(offer.offer, 0))
        return {
            "offer": offer.offer,
            "provider": offer.provider,
            "service": offer.service,
            "eligible": not against,
            "why_not": against,
            "person_may_choose": BINDING.isdisjoint(against),
            "free_places": free,
            "stated_until": offer.stated.until if offer.stated else None,
            "stated_note": offer.stated.note if offer.stated else "",
            "waiting": catalogue.queue(offer.offer).length,
        }

    lines = [line(offer) for offer in catalogue.in_order(case, catalogue.offers.values())]
    return sorted(lines, key=lambda each: (not each["eligible"], not each["person_may_choose"]))
