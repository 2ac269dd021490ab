"""Restricting what is held of a person to being kept, and lifting it: by ids and codes alone."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.decisions import UnknownError
from services.families.handlers.erasures import NO_PERSON, Erasures
from services.families.handlers.restrictions import Restrictions
from services.families.repository.restrictions import Restriction
from services.families.web.bodies import page
from shared.access.scopes import Belonging
from shared.contracts.families import RestrictionReason
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting, covers
from shared.service.requests import body_of


class RestrictionBody(BaseModel):
    """Why, as a code, and which of the ids that may be theirs are. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: RestrictionReason
    also: tuple[UUID, ...] = Field(default=(), max_length=100)


def routes(context: Context) -> list[Route]:
    """GET /people/{id}/restriction; POST /people/{id}/restrict and /lift-restriction."""
    restrictions, erasures = Restrictions(context), Erasures(context)

    async def require(request: Request) -> UUID:
        """The id, where every case of theirs is within the caller's reach. Raises UnknownError."""
        person: UUID = request.path_params["id"]
        found = await erasures.find(person)
        if not all(covers(request, Belonging.of([area])) for area in found.areas):
            raise UnknownError(NO_PERSON)
        return person

    async def shown(person: UUID) -> Response:
        found = await erasures.find(person)
        known = await restrictions.of(found.human.certain)
        perhaps = sorted(found.human.perhaps)
        return Json({"person": person, "restricted": [_as_page(each) for each in known], "perhaps": perhaps})

    @page
    @describes()
    async def show(request: Request) -> Response:
        return await shown(await require(request))

    @page
    @describes(body=RestrictionBody)
    async def restrict(request: Request) -> Response:
        person, body = await require(request), await body_of(request, RestrictionBody)
        await restrictions.restrict(person, body.also, body.reason, acting(request))
        return await shown(person)

    @page
    @describes()
    async def lift(request: Request) -> Response:
        person = await require(request)
        await restrictions.lift(person, acting(request))
        return await shown(person)

    return [
        Route("/people/{id:uuid}/restriction", show),
        Route("/people/{id:uuid}/restrict", restrict, methods=["POST"]),
        Route("/people/{id:uuid}/lift-restriction", lift, methods=["POST"]),
    ]


def _as_page(restriction: Restriction) -> dict[str, Any]:
    return {"reason": restriction.reason, "at": restriction.at, "by": restriction.by}
