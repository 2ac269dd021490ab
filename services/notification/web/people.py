"""What is held of a person, in counts, and which providers have their details, for whoever is about to erase them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.repository import erasures
from shared.access.scopes import Belonging
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.gate import covers, guarded


def routes(context: Context) -> list[Route]:
    """GET /people/{id}/held: `{details, waiting}` in numbers, and `providers`."""

    @guarded
    async def held(request: Request) -> Response:
        person = request.path_params["id"]
        async with context.pool.acquire() as connection:
            areas = await erasures.areas_of(connection, person)
            if not covers(request, Belonging.of(areas)):
                return problem(404, "Nobody with this id was referred.")
            counts = await erasures.held_of(connection, person)
            given = await erasures.given_to(connection, [person])
        return Json({**counts, "providers": sorted({each.provider for each in given})})

    return [Route("/people/{id:uuid}/held", held)]
