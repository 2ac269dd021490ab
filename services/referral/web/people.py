"""What is held of a person in their case, in counts, for whoever is about to erase them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.repository import people
from services.referral.web.answers import page, require_case, unknown_case
from shared.service.answers import Json
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """GET /cases/{case}/people/{id}/held: the case's state, `{consents, words}` in numbers, and its providers."""

    @page
    async def held(request: Request) -> Response:
        case_id = request.path_params["case"]
        await require_case(context, request, case_id)
        async with context.pool.acquire() as connection:
            found = await people.held_in(connection, case_id, request.path_params["id"])
        if found is None:
            return unknown_case()
        counts = {"consents": found.consents, "words": found.words}
        return Json({"state": found.state, "providers": list(found.providers), **counts})

    return [Route("/cases/{case:uuid}/people/{id:uuid}/held", held)]
