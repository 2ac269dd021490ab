"""How many people would go with cases that are past the time for which they are kept."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.retention import HumanRetention
from services.families.web.bodies import page
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import reach_of
from shared.service.requests import body_of


class CasesBody(BaseModel):
    """Cases that referral shows as past retention. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[UUID, ...] = Field(max_length=100_000)


def routes(context: Context) -> list[Route]:
    """POST /retention/people: `{items: [{schedule, area, number}]}`. It changes nothing."""
    humans = HumanRetention(context)

    @page
    @describes(body=CasesBody)
    async def people(request: Request) -> Response:
        body = await body_of(request, CasesBody)
        counted = await humans.due_with(body.cases, reach_of(request).whole_areas)
        items = [{"schedule": humans.schedule, "area": area, "number": number} for area, number in counted.items()]
        return Json({"service": context.service, "items": items})

    return [Route("/retention/people", people, methods=["POST"])]
