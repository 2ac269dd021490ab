"""The calendar's HTTP API for the operator, the same in every service: its time, its timers, and moving it forward.

The wall clock cannot be moved: POST /clock is then refused.
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
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import guarded
from shared.service.requests import body_of

# A mistyped year must not fire the timers of a century.
_LAST_YEAR = 2100


def _within_reach(value: datetime) -> datetime:
    if value.year >= _LAST_YEAR:
        raise ValueError(f"must be before the year {_LAST_YEAR}")
    return value


class Move(BaseModel):
    """The body of POST /clock: the time to move the calendar to."""

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

    @guarded
    async def show(_request: Request) -> Response:
        return await state()

    @guarded
    @describes(body=Move)
    async def move(request: Request) -> Response:
        body = await body_of(request, Move)
        try:
            await timers.move_to(body.to)
        except FixedClockError as error:
            return problem(409, str(error))
        except ValueError:
            return problem(409, "The calendar is already past this time, and it never goes back.")
        return await state()

    @guarded
    async def failing(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json({"items": await scheduled.failing(connection)})

    return [
        Route("/clock", show),
        Route("/clock", move, methods=["POST"]),
        Route("/timers/failing", failing),
    ]
