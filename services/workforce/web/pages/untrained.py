"""Who screens without the training that the area asks for, as a page."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import InvalidError, UnknownError
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering
from services.workforce.web.untrained import untrained
from shared.service.gate import check_area, reach_of
from shared.service.recording import concerns
from shared.web.pages import Pages

_MOST = 200


def area_of(request: Request) -> tuple[str, list[str]]:
    """The area that a page is about, and all of the caller's. Raises UnknownError for somebody of no area."""
    areas = sorted(request.state.visitor.principal.areas)
    area = request.query_params.get("area") or (areas[0] if areas else "")
    if not area:
        raise UnknownError("Your sign-in names no area. Ask whoever administers your area to put that right.")
    check_area(request, area)
    return area, reach_of(request).whole_areas or areas


def routes(pages: Pages) -> list[Route]:
    """GET /pages/untrained."""

    @pages.guarded
    @answering(pages, "/pages/training")
    async def listing(request: Request) -> Response:
        area, areas = area_of(request)
        try:
            found = await untrained(pages.context, area, pages.context.clock.now().date(), _MOST)
        except InvalidError as error:
            # A sign-in may name an area that the directory does not have, or not yet.
            raise UnknownError(f"The area {area} {error.findings[0][1]}.") from None
        concerns(request, practitioners=[row["practitioner_id"] for row in found.people])
        kept = ("name", "practitioner", "agency", "grace_ended_on", "standing", "screenings", "last_screened_on")
        return await pages.render(
            request,
            "untrained.html",
            title="Who screens without the training",
            area=area,
            areas=areas,
            asks_for=words.modules(list(found.rule.modules)) if found.rule else [],
            since=found.rule.since if found.rule else None,
            everybody=found.practitioners,
            flagged=found.flagged,
            people=[
                {name: row[name] for name in kept} | {"missing": words.modules(list(row["missing"]))}
                for row in found.people
            ],
        )

    return [Route("/pages/untrained", listing)]
