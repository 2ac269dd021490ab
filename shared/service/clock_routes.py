"""The calendar's HTTP, the same in every service, for the operator: where it is, what waits for it, and moving it on.

Nobody moves the wall's clock: with it, POST /clock is refused whoever asks.
"""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.contracts.written import Timestamp
from shared.messaging.timers import scheduled
from shared.messaging.timers.clock import FixedClockError
from shared.messaging.timers.firing import Timers
from shared.service.definition import Context
from shared.service.operator import Json, operator_only, problem
from shared.service.requests import body_of

# A typing error in the year must not fire the timers of a century.
_LAST_YEAR = 2100


def _within_reach(value: datetime) -> datetime:
    if value.year >= _LAST_YEAR:
        raise ValueError(f"must be before the year {_LAST_YEAR}")
    return value


class Move(BaseModel):
    """Where the calendar is to go."""

    model_config = ConfigDict(extra="forbid")
    to: Annotated[Timestamp, AfterValidator(_within_reach)]


def clock_routes(context: Context, timers: Timers) -> list[Route]:
    """GET /clock, POST /clock `{to}`, GET /timers/failing."""

    async def state() -> Json:
        calendar = await timers.calendar()
        return Json(
            {
                "clock": context.settings.clock,
                "calendar": calendar,
                "newest_event": context.clock.newest,
                **await scheduled.counts(context.pool, calendar),
            }
        )

    @operator_only
    async def show(_request: Request) -> Response:
        return await state()

    @operator_only
    async def move(request: Request) -> Response:
        body = await body_of(request, Move)
        try:
            await timers.move_to(body.to)
        except FixedClockError as error:
            return problem(409, str(error))
        except ValueError:
            return problem(409, "The calendar is further on already, and it never goes back.")
        return await state()

    @operator_only
    async def failing(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json({"items": await scheduled.failing(connection)})

    return [
        Route("/clock", show),
        Route("/clock", move, methods=["POST"]),
        Route("/timers/failing", failing),
    ]
