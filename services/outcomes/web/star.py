"""The star over HTTP, for whoever runs the machinery: GET /star, and POST /star/rebuild."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.handlers.star import StarWriter
from shared.service.answers import Json, problem
from shared.service.described import describes
from shared.service.gate import guarded


def star_routes(star: StarWriter) -> list[Route]:
    """GET /star: until when it is, its months and how many rows it has, and how far a writing is. POST /star/rebuild
    has all of it written again, in the background.
    """

    @guarded
    @describes()
    async def state(_request: Request) -> Response:
        return Json(await star.state())

    @guarded
    @describes(statuses=(409,))
    async def rebuild(_request: Request) -> Response:
        if not star.has_folder:
            return problem(409, "this service has no folder to write the star to: PARLEY_STAR_FOLDER")
        star.ask_for_rebuild()
        return Json(await star.state(), status_code=202)

    return [Route("/star", state), Route("/star/rebuild", rebuild, methods=["POST"])]
