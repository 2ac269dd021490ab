"""What front doors were told of a case, and what was kept back and why (Children Act 2004, section 16LA)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.notices import notices_of
from shared.access.scopes import Belonging
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import covers, guarded


def routes(context: Context) -> list[Route]:
    """GET /cases/{id}/notices."""

    @guarded
    @describes()
    async def listed(request: Request) -> Response:
        case_id = request.path_params["id"]
        found = await notices_of(context, case_id)
        areas = {each.area for each in found}
        if not covers(request, Belonging.of(areas) if areas else None):
            return problem(404, "Nobody was told of a case with this id.")
        items = [each.model_dump(mode="json", exclude={"area"}) for each in found]
        return Json({"case_id": case_id, "items": items})

    return [Route("/cases/{id:uuid}/notices", listed)]
