"""What was shared of a family and what was not, with the reason (Children Act 2004, section 16LA)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.sharing import sharing_log
from services.referral.handlers.errors import UnknownCaseError
from services.referral.repository import pages
from services.referral.repository.reading import snapshot
from services.referral.web.answers import page, require_case
from shared.service.answers import Json
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """GET /cases/{id}/sharing."""

    @page
    async def sharing(request: Request) -> Response:
        case_id = request.path_params["id"]
        await require_case(context, request, case_id)
        async with snapshot(context.pool) as connection:
            history = await pages.history(connection, case_id)
            if not history:
                raise UnknownCaseError
            referrals = await pages.lineage(connection, case_id)
        return Json({"case_id": case_id, "items": list(sharing_log(history, referrals))})

    return [Route("/cases/{id:uuid}/sharing", sharing)]
