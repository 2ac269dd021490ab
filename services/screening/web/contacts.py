"""The parents' contacts over HTTP, each parent apart, and opening one that is closed."""

from functools import partial
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.contact_openings import OpenContact
from services.screening.handlers import contacts as handlers
from services.screening.handlers.contacts import NO_CASE, NotThereError
from services.screening.repository.contacts import belonging
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting, check_reach, guarded
from shared.service.requests import body_of


async def require_case(context: Context, request: Request) -> UUID:
    """The case of the path. Raises NotThereError where it is out of the caller's reach: for them it is not there."""
    case_id: UUID = request.path_params["id"]
    await check_reach(request, context.pool, partial(belonging, case_id=case_id), NotThereError(NO_CASE))
    return case_id


def routes(context: Context) -> list[Route]:
    """GET /cases/{id}/contacts; POST /cases/{id}/people/{person}/contact/open `{reason, words}`."""

    @guarded
    @describes()
    async def listed(request: Request) -> Response:
        try:
            case_id = await require_case(context, request)
        except NotThereError as error:
            return problem(404, str(error))
        return Json({"case_id": case_id, "parents": await handlers.closed(context, case_id)})

    @guarded
    @describes(body=OpenContact)
    async def opened(request: Request) -> Response:
        try:
            case_id = await require_case(context, request)
            asked = await body_of(request, OpenContact)
            person = request.path_params["person"]
            found = await handlers.open_contact(context, case_id, person, asked, acting(request))
        except NotThereError as error:
            return problem(404, str(error))
        answer = Json({"case_id": case_id, **found})
        answer.headers["cache-control"] = "no-store"
        return answer

    return [
        Route("/cases/{id:uuid}/contacts", listed),
        Route("/cases/{id:uuid}/people/{person:uuid}/contact/open", opened, methods=["POST"]),
    ]
