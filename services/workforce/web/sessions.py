"""Training sessions and their places."""

from dataclasses import asdict
from datetime import date
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.attendance import decide_attendance
from services.workforce.domain.attendance_list import read_attendance_list
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.modules import MODULES, PROFESSIONS
from services.workforce.domain.places import decide_booking, decide_calling_off, decide_giving_up, decide_places
from services.workforce.domain.session import Arranged, replay
from services.workforce.handlers.session_changes import Person, locked, register, settle
from services.workforce.repository import directory, records, sessions
from services.workforce.web.answers import UnknownError, day_of, named, page, read
from services.workforce.web.bodies import Arrange, Book, Places, Practitioner
from shared.contracts.practitioners import practitioner_id
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.operator import Json, acting
from shared.service.requests import limit_of

_LARGEST_LIST = 2_000_000


class _Sessions:
    """The pages, on one service's context."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _today(self) -> date:
        return self._context.clock.now().date()

    async def modules(self, _request: Request) -> Response:
        """What is taught, to whom, and how confidence in it is measured."""
        taught = [{"module": module, **asdict(about)} for module, about in MODULES.items()]
        return Json({"modules": taught, "professions": PROFESSIONS})

    async def listing(self, request: Request) -> Response:
        """Sessions, those to come first where `since` says so."""
        async with self._context.pool.acquire() as connection:
            items = await sessions.listing(
                connection,
                area=request.query_params.get("area") or None,
                since=day_of(request, "since"),
                limit=limit_of(request),
            )
        return Json({"items": items})

    async def arrange(self, request: Request) -> Response:
        """A new session."""
        body = await read(request, Arrange)
        now = self._context.clock.now()
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if unknown := await directory.unknown_areas(tx.connection, body.areas):
                raise InvalidError([("areas", f"must be registered areas, which {', '.join(sorted(unknown))} is not")])
            trainer = _person(body.trainer) if body.trainer else None
            arranged = Arranged(
                modules=tuple(body.modules),
                areas=tuple(body.areas),
                days=tuple(body.days),
                delivery=body.delivery,
                delivered_by=body.delivered_by,
                trainer=trainer.practitioner_id if trainer else None,
                places=body.places,
            )
            session_id = body.session_id or new_id()
            session = replay(session_id, [arranged])
            if await sessions.lock(tx.connection, session_id):
                if (await sessions.history(tx.connection, session_id))[0] != arranged:
                    raise NotAllowedError("There is another session with this id.")
            else:
                if trainer:
                    await register(tx, self._context.keyring, [trainer])
                await sessions.add(tx.connection, session, arranged, now, acting(request))
        return Json({"session_id": session_id})

    async def show(self, request: Request) -> Response:
        """A session with everybody's place."""
        session_id: UUID = request.path_params["id"]
        async with self._context.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            session = await sessions.one(connection, session_id)
            if session is None:
                raise UnknownError("There is no training session with this id.")
            people = await records.everybody(connection, session_id)
        return Json({**session, "everybody": await named(self._context.keyring, people)})

    async def book(self, request: Request) -> Response:
        """A place for a practitioner, or a place on the waiting list."""
        body = await read(request, Book)
        person = _person(body)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            session = await locked(tx, request.path_params["id"])
            agencies = await directory.agencies(tx.connection, [body.agency])
            if not agencies.takes_part(body.agency, session):
                raise InvalidError([("agency", "must be a registered agency of one of the session's areas")])
            changes = decide_booking(
                session, new_id(), person.practitioner_id, body.agency, body.profession, self._today()
            )
            await register(tx, self._context.keyring, [person])
            now = self._context.clock.now()
            session = await settle(tx, session, changes, now, acting(request))
            place = session.place_of(person.practitioner_id)
            ahead = [each.training_id for each in session.waiting()]
        if place is None:
            raise RuntimeError("a booking left no place")
        position = ahead.index(place.training_id) + 1 if place.training_id in ahead else None
        return Json({"training_id": place.training_id, "status": place.status, "waiting_position": position})

    async def give_up(self, request: Request) -> Response:
        """A place is given up; who waits moves up."""
        training_id: UUID = request.path_params["training"]
        async with in_transaction(self._context.pool, self._context.service) as tx:
            session = await locked(tx, request.path_params["id"])
            if training_id not in session.everybody:
                raise UnknownError("There is no place of this id in this session.")
            changes = decide_giving_up(session, training_id, self._today())
            session = await settle(tx, session, changes, self._context.clock.now(), acting(request))
        moved_up = [change.training_id for change in changes if change.what == "moved-up"]
        return Json({"training_id": training_id, "status": "given-up", "moved_up": moved_up})

    async def places(self, request: Request) -> Response:
        """More places, or fewer."""
        body = await read(request, Places)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            session = await locked(tx, request.path_params["id"])
            changes = decide_places(session, body.places, self._today())
            session = await settle(tx, session, changes, self._context.clock.now(), acting(request))
        moved_up = [change.training_id for change in changes if change.what == "moved-up"]
        return Json({"places": session.places, "free": session.free, "moved_up": moved_up})

    async def call_off(self, request: Request) -> Response:
        """The session does not take place."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            session = await locked(tx, request.path_params["id"])
            changes = decide_calling_off(session)
            await settle(tx, session, changes, self._context.clock.now(), acting(request))
        return Json({"called_off": True, "given_up": sum(change.what == "given-up" for change in changes)})

    async def attend(self, request: Request) -> Response:
        """An attendance list, as CSV: taken whole, or not at all."""
        content = await request.body()
        if len(content) > _LARGEST_LIST:
            raise InvalidError([("list", f"must have at most {_LARGEST_LIST} bytes")])
        listed = read_attendance_list(content)
        lines = [each.line for each in listed]
        async with in_transaction(self._context.pool, self._context.service) as tx:
            session = await locked(tx, request.path_params["id"])
            numbers = await sessions.new_certificates(tx.connection, session.days[-1].year, len(lines))
            changes, ratings = decide_attendance(
                session,
                lines,
                await directory.agencies(tx.connection, {line.agency for line in lines}),
                self._today(),
                new_id,
                numbers.__next__,
            )
            await register(
                tx,
                self._context.keyring,
                [
                    Person(each.line.practitioner_id, each.line.agency, each.own_id, each.name, each.email)
                    for each in listed
                ],
            )
            now = self._context.clock.now()
            session = await settle(tx, session, changes, now, acting(request), ratings)
        attended = [change for change in changes if change.what == "attended"]
        return Json(
            {
                "lines": len(lines),
                "changed": len(attended),
                "certificates": [change.certificate for change in attended if change.certificate],
                "free": session.free,
            }
        )


def routes(context: Context) -> list[Route]:
    """GET /modules, /sessions, /sessions/{id}; POST /sessions and what can be done to one."""
    pages = _Sessions(context)

    async def sessions_(request: Request) -> Response:
        return await (pages.arrange(request) if request.method == "POST" else pages.listing(request))

    return [
        Route("/modules", page(pages.modules)),
        Route("/sessions", page(sessions_), methods=["GET", "POST"]),
        Route("/sessions/{id:uuid}", page(pages.show)),
        Route("/sessions/{id:uuid}/places", page(pages.book), methods=["POST"]),
        Route("/sessions/{id:uuid}/places/{training:uuid}/give-up", page(pages.give_up), methods=["POST"]),
        Route("/sessions/{id:uuid}/number-of-places", page(pages.places), methods=["POST"]),
        Route("/sessions/{id:uuid}/call-off", page(pages.call_off), methods=["POST"]),
        Route("/sessions/{id:uuid}/attendance", page(pages.attend), methods=["POST"]),
    ]


def _person(body: Practitioner) -> Person:
    return Person(
        practitioner_id(body.agency, body.practitioner), body.agency, body.practitioner, body.name, body.email
    )
