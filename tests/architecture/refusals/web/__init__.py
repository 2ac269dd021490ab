"""Refused cases over HTTP, for the operator."""

from services.refusals.repository import refusals
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.gate import guarded


def routes(context: Context) -> list[Route]:
    """The service's own routes."""

    @guarded
    async def cases(_request: Request) -> Response:
        return Json({"cases": await refusals.cases(context.pool)})

    return [Route("/refusals", cases)]
