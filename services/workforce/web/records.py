"""What became of the training: certificates, follow-ups, champions, and who screens without it."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.calendar import has_lapsed
from services.workforce.domain.errors import NO_TRAINING, InvalidError, UnknownError
from services.workforce.domain.follow_up import Answer
from services.workforce.domain.rule import modules_held
from services.workforce.handlers.champions import Champions
from services.workforce.handlers.follow_ups import FollowUps
from services.workforce.repository import (
    certificates,
    champions,
    follow_ups,
    practitioners,
    sessions,
    summary,
)
from services.workforce.web import bodies
from services.workforce.web.answers import named, page, read, require_agency
from services.workforce.web.untrained import untrained
from shared.access.scopes import Belonging
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import AREA, LIMIT, Query, describes
from shared.service.gate import acting, check_area, covers, reach_of
from shared.service.requests import limit_of

_STATUSES = ("to-come", "open", "answered", "unanswered", "withdrawn")
_STATUS = Query("status", "those of one status; without it, who is to be asked now", {"enum": list(_STATUSES)})
_OWN_AREA = Query("area", "one of the caller's own areas, by its ONS code", required=True)


class _Records:
    """The pages, on one service's context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._champions = Champions(context)
        self._follow_ups = FollowUps(context)

    @describes()
    async def certificate(self, request: Request) -> Response:
        """A certificate by its number: whose it is, for what, and whether it is still valid."""
        today = self._context.clock.now().date()
        async with self._context.pool.acquire() as connection:
            found = await certificates.one(connection, request.path_params["number"])
        if found is None or not covers(request, Belonging.of(found.pop("areas"))):
            raise UnknownError("There is no certificate with this number.")
        (shown,) = await named(self._context.keyring, [found])
        in_force = shown.pop("in_force")
        expired = in_force and has_lapsed(shown["valid_until"], today)
        return Json({**shown, "status": "withdrawn" if not in_force else "expired" if expired else "valid"})

    @describes(query=(AREA, _STATUS, LIMIT))
    async def follow_ups(self, request: Request) -> Response:
        """Who is to be asked now, or every follow-up of one status."""
        status = request.query_params.get("status") or None
        if status is not None and status not in _STATUSES:
            raise InvalidError([("status", f"must be one of {', '.join(_STATUSES)}")])
        async with self._context.pool.acquire() as connection:
            rows = await follow_ups.listing(
                connection,
                area=request.query_params.get("area") or None,
                areas=reach_of(request).whole_areas,
                status=status,
                today=self._context.clock.now().date(),
                limit=limit_of(request),
            )
        return Json({"items": await named(self._context.keyring, rows)})

    @describes(body=bodies.Answer)
    async def answer(self, request: Request) -> Response:
        """What a practitioner answers six to twelve months later."""
        training_id: UUID = request.path_params["training"]
        if not reach_of(request).everywhere:
            async with self._context.pool.acquire() as connection:
                found = await sessions.belonging_of_training(connection, training_id)
            if not covers(request, found):
                raise UnknownError(NO_TRAINING)
        body = await read(request, bodies.Answer)
        await self._follow_ups.answer(
            training_id,
            Answer(
                body.used,
                body.how_often,
                body.trains_others,
                body.families,
                tuple(body.obstacles),
                body.confidence,
            ),
        )
        return Json({"training_id": training_id, "status": "answered"})

    @describes(query=(_OWN_AREA, LIMIT))
    async def untrained(self, request: Request) -> Response:
        """Who screens in an area and lacks what it asks for, today."""
        area = request.query_params.get("area", "")
        check_area(request, area)
        found = await untrained(self._context, area, self._context.clock.now().date(), limit_of(request))
        return Json(
            {
                "rule": found.rule.model_dump(mode="json") if found.rule else None,
                "practitioners": found.practitioners,
                "flagged": found.flagged,
                "items": found.people,
            }
        )

    @describes(query=(AREA, LIMIT))
    async def champions(self, request: Request) -> Response:
        """The champions there are now."""
        async with self._context.pool.acquire() as connection:
            rows = await champions.listing(
                connection,
                area=request.query_params.get("area") or None,
                areas=reach_of(request).whole_areas,
                limit=limit_of(request),
            )
            held = await practitioners.certificates(connection, [row["practitioner_id"] for row in rows])
        rows = [row | {"modules_held": modules_held(held.get(row["practitioner_id"], ()))} for row in rows]
        return Json({"items": await named(self._context.keyring, rows)})

    @describes(body=bodies.Practitioner)
    async def name_champion(self, request: Request) -> Response:
        """An agency names a champion. Whoever is one already stays one: nothing changes."""
        body = await read(request, bodies.Practitioner)
        await require_agency(self._context, request, body.agency)
        held = await self._champions.name(body.person(), acting(request))
        return Json({"champion": True, "modules_held": held})

    @describes(body=bodies.Practitioner)
    async def stand_champion_down(self, request: Request) -> Response:
        """A champion is one no longer."""
        body = await read(request, bodies.Practitioner)
        await require_agency(self._context, request, body.agency)
        await self._champions.stand_down(body.person(), acting(request))
        return Json({"champion": False})

    @describes(query=(AREA,))
    async def summary(self, request: Request) -> Response:
        """Who was trained, in what, how sure they feel before, after and later, and whether they used it."""
        area = request.query_params.get("area") or None
        if area is not None:
            check_area(request, area)
        elif not reach_of(request).everywhere:
            raise InvalidError([("area", "must be one of your own areas")])
        async with (
            self._context.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return Json(await summary.summary(connection, area))


def routes(context: Context) -> list[Route]:
    """GET /certificates/{number}, /follow-ups, /untrained, /champions, /summary; POST answers and champions."""
    pages = _Records(context)
    return [
        Route("/certificates/{number}", page(pages.certificate)),
        Route("/follow-ups", page(pages.follow_ups)),
        Route("/follow-ups/{training:uuid}", page(pages.answer), methods=["POST"]),
        Route("/untrained", page(pages.untrained)),
        Route("/champions", page(pages.champions)),
        Route("/champions", page(pages.name_champion), methods=["POST"]),
        Route("/champions/stand-down", page(pages.stand_champion_down), methods=["POST"]),
        Route("/summary", page(pages.summary)),
    ]
