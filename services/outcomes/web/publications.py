"""Publishing a return to a funder, and checking what was published: /publications."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.modes import PLAIN, Mode
from services.outcomes.domain.returns.mapping import ReturnError
from services.outcomes.domain.returns.periods import PeriodError
from services.outcomes.handlers.return_process import Asked, check
from services.outcomes.handlers.returns import Returns
from services.outcomes.web.api.damaged import refusing_damage
from shared.messaging.core.records import Finding
from shared.service.answers import Json, invalid, problem
from shared.service.described import describes
from shared.service.gate import guarded
from shared.service.requests import body_of

_BASE = 5


class AskedReturn(BaseModel):
    """A return to publish: its name, the first and the last day of its period, and how its numbers are protected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z][a-z0-9-]*$")]
    first: date
    last: date
    mode: Literal["suppression", "rounding"] = "suppression"
    base: Annotated[int, Field(ge=2, le=100)] = _BASE


def publication_routes(returns: Returns) -> list[Route]:
    """What was published, publishing a return in the background, and whether a publication is what it says."""

    @guarded
    @describes()
    @refusing_damage
    async def state(_request: Request) -> Response:
        return Json(await returns.state())

    @guarded
    @describes(body=AskedReturn, statuses=(202,))
    @refusing_damage
    async def publish(request: Request) -> Response:
        body = await body_of(request, AskedReturn)
        asked = Asked(body.name, body.first, body.last, PLAIN if body.mode == "suppression" else Mode(body.base))
        try:
            check(asked)
        except (ReturnError, PeriodError) as error:
            field, _, rule = str(error).partition(": ")
            return invalid([Finding(field, rule)])
        if not returns.can_publish:
            return problem(409, "this service has no folders: PARLEY_STAR_FOLDER and PARLEY_PUBLICATIONS_FOLDER")
        if not returns.ask(asked):
            return problem(409, "another return is being published: ask again when it is there")
        return Json(await returns.state(), status_code=202)

    @guarded
    @describes()
    async def verified(request: Request) -> Response:
        found = await returns.verify(request.path_params["name"])
        return Json(found) if found else problem(404, "There is no publication of this name.")

    return [
        Route("/publications", state),
        Route("/publications", publish, methods=["POST"]),
        Route("/publications/{name}/verification", verified),
    ]
