"""Training sessions and their places."""

from dataclasses import asdict
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.attendance_list import read_attendance_list
from services.workforce.domain.errors import NO_SESSION, InvalidError, UnknownError
from services.workforce.domain.modules import MODULES, PROFESSIONS
from services.workforce.domain.session import Arranged
from services.workforce.handlers.sessions import Sessions
from services.workforce.repository import sessions
from services.workforce.web.answers import day_of, named, page, read, require_session
from services.workforce.web.bodies import Arrange, Book, Move, Places
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import AREA, LIMIT, Query, describes
from shared.service.gate import acting, check_area, reach_of
from shared.service.requests import limit_of

_SINCE = Query("since", "those that end on this day or later", {"type": "string", "format": "date"})
_LARGEST_LIST = 2_000_000


class _Sessions:
    """The pages, on one service's context."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sessions = Sessions(context)

    async def modules(self, _request: Request) -> Response:
        """What is taught, to whom, and how confidence in it is measured."""
        taught = [{"module": module, **asdict(about)} for module, about in MODULES.items()]
        professions = {profession.value: title for profession, title in PROFESSIONS.items()}
        return Json({"modules": taught, "professions": professions})

    @describes(query=(AREA, _SINCE, LIMIT))
    async def listing(self, request: Request) -> Response:
        """Sessions, with `since` those that end on that day or later."""
        async with self._context.pool.acquire() as connection:
            items = await sessions.listing(
                connection,
                area=request.query_params.get("area") or None,
                areas=reach_of(request).whole_areas,
                since=day_of(request, "since"),
                limit=limit_of(request),
            )
        return Json({"items": items})

    @describes(body=Arrange)
    async def arrange(self, request: Request) -> Response:
        """A new session."""
        body = await read(request, Arrange)
        check_area(request, *body.areas)
        trainer = body.trainer.person() if body.trainer else None
        arranged = Arranged(
            modules=tuple(body.modules),
            areas=tuple(body.areas),
            days=tuple(body.days),
            delivery=body.delivery,
            delivered_by=body.delivered_by,
            trainer=trainer.practitioner_id if trainer else None,
            places=body.places,
            venue=body.venue,
        )
        session_id = await self._sessions.arrange(body.session_id, arranged, trainer, acting(request))
        return Json({"session_id": session_id})

    async def show(self, request: Request) -> Response:
        """A session with everybody's place."""
        session_id: UUID = request.path_params["id"]
        await require_session(self._context, request)
        async with (
            self._context.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            session = await sessions.one(connection, session_id)
            if session is None:
                raise UnknownError(NO_SESSION)
            people = await sessions.everybody(connection, session_id)
        return Json({**session, "everybody": await named(self._context.keyring, people)})

    @describes(body=Book)
    async def book(self, request: Request) -> Response:
        """A place for a practitioner, or a place on the waiting list."""
        await require_session(self._context, request)
        body = await read(request, Book)
        booking = await self._sessions.book(request.path_params["id"], body.person(), body.profession, acting(request))
        return Json(asdict(booking))

    @describes()
    async def give_up(self, request: Request) -> Response:
        """A place is given up; who waits moves up."""
        await require_session(self._context, request)
        training_id: UUID = request.path_params["training"]
        changed = await self._sessions.give_up(request.path_params["id"], training_id, acting(request))
        return Json({"training_id": training_id, "status": "given-up", "moved_up": changed.moved_up()})

    @describes(body=Places)
    async def places(self, request: Request) -> Response:
        """More places, or fewer."""
        await require_session(self._context, request)
        body = await read(request, Places)
        changed = await self._sessions.change_places(request.path_params["id"], body.places, acting(request))
        session = changed.session
        return Json({"places": session.places, "free": session.free, "moved_up": changed.moved_up()})

    @describes(body=Move)
    async def move(self, request: Request) -> Response:
        """The session is held on other days, or elsewhere."""
        await require_session(self._context, request)
        body = await read(request, Move)
        changed = await self._sessions.move(request.path_params["id"], body.days, body.venue, acting(request))
        return Json({"days": changed.session.days, "venue": changed.session.venue, "moved": bool(changed.changes)})

    @describes()
    async def call_off(self, request: Request) -> Response:
        """The session does not take place."""
        await require_session(self._context, request)
        changed = await self._sessions.call_off(request.path_params["id"], acting(request))
        return Json({"called_off": True, "given_up": sum(change.what == "given-up" for change in changed.changes)})

    @describes(takes="text/csv")
    async def attend(self, request: Request) -> Response:
        """An attendance list, as CSV: recorded whole, or not at all."""
        await require_session(self._context, request)
        content = await request.body()
        if len(content) > _LARGEST_LIST:
            raise InvalidError([("list", f"must have at most {_LARGEST_LIST} bytes")])
        listed = read_attendance_list(content)
        recorded = await self._sessions.record_attendance(request.path_params["id"], listed, acting(request))
        attended = [change for change in recorded.changes if change.what == "attended"]
        return Json(
            {
                "lines": len(listed),
                "changed": len(attended),
                "certificates": [change.certificate for change in attended if change.certificate],
                "free": recorded.session.free,
            }
        )


def routes(context: Context) -> list[Route]:
    """GET /modules, /sessions, /sessions/{id}; POST /sessions and what can be done to one."""
    pages = _Sessions(context)
    return [
        Route("/modules", page(pages.modules)),
        Route("/sessions", page(pages.listing)),
        Route("/sessions", page(pages.arrange), methods=["POST"]),
        Route("/sessions/{id:uuid}", page(pages.show)),
        Route("/sessions/{id:uuid}/places", page(pages.book), methods=["POST"]),
        Route("/sessions/{id:uuid}/places/{training:uuid}/give-up", page(pages.give_up), methods=["POST"]),
        Route("/sessions/{id:uuid}/number-of-places", page(pages.places), methods=["POST"]),
        Route("/sessions/{id:uuid}/move", page(pages.move), methods=["POST"]),
        Route("/sessions/{id:uuid}/call-off", page(pages.call_off), methods=["POST"]),
        Route("/sessions/{id:uuid}/attendance", page(pages.attend), methods=["POST"]),
    ]
