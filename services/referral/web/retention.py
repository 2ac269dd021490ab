"""Which cases are past the time for which they are kept, by ids alone."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.handlers.retention import CaseRetention
from services.referral.web.answers import page
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import reach_of


def routes(context: Context) -> list[Route]:
    """GET /retention/cases: those of the caller's areas that are, and were not published yet."""
    kept = CaseRetention(context)

    @page
    @describes()
    async def cases(request: Request) -> Response:
        past = await kept.past(context.clock.now(), reach_of(request).whole_areas)
        return Json({"items": [{"case_id": each.case_id, "area": each.area} for each in past]})

    return [Route("/retention/cases", cases)]
