"""Step-up to children's social care: recorded, acknowledged, and back."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.safety.step_up import Back, StepUp
from services.referral.handlers import step_ups as handlers
from services.referral.repository import step_ups
from services.referral.web.answers import page, require_case
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting
from shared.service.requests import body_of


def routes(context: Context) -> list[Route]:
    """GET and POST /cases/{id}/step-ups; POST the acknowledge and the back of one."""

    @page
    async def listing(request: Request) -> Response:
        await require_case(context, request, request.path_params["id"])
        async with context.pool.acquire() as connection:
            return Json({"items": await step_ups.of_case(connection, request.path_params["id"])})

    @page
    @describes(body=StepUp)
    async def add(request: Request) -> Response:
        case_id = request.path_params["id"]
        await require_case(context, request, case_id)
        asked = await body_of(request, StepUp)
        return Json({"step_up_id": await handlers.step_up(context, case_id, asked, acting(request))})

    @page
    @describes()
    async def acknowledge(request: Request) -> Response:
        case_id, step_up_id = request.path_params["id"], request.path_params["step_up"]
        await require_case(context, request, case_id)
        await handlers.acknowledge(context, case_id, step_up_id, acting(request))
        return Json({"step_up_id": step_up_id})

    @page
    @describes(body=Back)
    async def back(request: Request) -> Response:
        case_id, step_up_id = request.path_params["id"], request.path_params["step_up"]
        await require_case(context, request, case_id)
        asked = await body_of(request, Back)
        await handlers.come_back(context, case_id, step_up_id, asked, acting(request))
        return Json({"step_up_id": step_up_id, "outcome": asked.outcome})

    at = "/cases/{id:uuid}/step-ups"
    return [
        Route(at, listing, methods=["GET"]),
        Route(at, add, methods=["POST"]),
        Route(f"{at}/{{step_up:uuid}}/acknowledge", acknowledge, methods=["POST"]),
        Route(f"{at}/{{step_up:uuid}}/back", back, methods=["POST"]),
    ]
