"""What is held of a person, in counts, for whoever is about to erase them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.repository import people
from shared.access.scopes import Belonging
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.gate import covers, guarded


def routes(context: Context) -> list[Route]:
    """GET /people/{id}/held: `{records, boxes}`, the front door's records that name the person, and what is sealed."""

    @guarded
    async def held(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            found = await people.held_of(connection, request.path_params["id"])
        if found is None or not covers(request, Belonging.of(found.areas)):
            return problem(404, "There is no person with this id.")
        return Json({"records": found.records, "boxes": found.boxes})

    return [Route("/people/{id:uuid}/held", held)]
