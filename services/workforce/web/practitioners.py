"""A practitioner's open cases are another's from now on; where only their id has changed, their certificates follow."""

from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.consequences import completed
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.session import Followed, Session, evolve
from services.workforce.handlers.session_changes import Person, locked, register
from services.workforce.repository import directory, practitioners, records, sessions
from services.workforce.web.answers import page, read
from services.workforce.web.bodies import HandOver
from shared.contracts.practitioners import practitioner_id
from shared.contracts.screening import PractitionerRef
from shared.contracts.workforce import ChampionNamed, ChampionStoodDown, PractitionerHandedOver
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.operator import Json, acting


def routes(context: Context) -> list[Route]:
    """POST /practitioners/hand-over."""

    async def hand_over(request: Request) -> Response:
        """Tells who is written to from now on, and moves what is a person's own to the id that they have now."""
        body = await read(request, HandOver)
        former = practitioner_id(body.agency, body.practitioner)
        now_id = practitioner_id(body.agency, body.to.practitioner)
        if former == now_id:
            raise InvalidError([("to.practitioner", "must be another than the one who hands over")])
        now = context.clock.now()
        person = Person(now_id, body.agency, body.to.practitioner, body.to.name, body.to.email)
        async with in_transaction(context.pool, context.service) as tx:
            if not (await directory.agencies(tx.connection, [body.agency])).areas:
                raise InvalidError([("agency", "must be a registered agency")])
            # Sessions before practitioners, as whoever books a place takes them.
            theirs = [await locked(tx, each) for each in await sessions.of_practitioner(tx.connection, former)]
            await register(tx, context.keyring, [person])
            await practitioners.lock(tx.connection, [former, now_id])
            keys = await context.keyring.for_sealing([now_id], "practitioner")
            try:
                sealed = keys.seal(now_id, "practitioner", {"name": body.to.name, "email": body.to.email})
            except CannotOpenError:
                raise NotAllowedError("The key of the practitioner who takes over was erased.") from None
            followed = await _follow(tx, body, former, now_id, theirs, now, acting(request)) if body.same_person else 0
            tx.emit(
                PractitionerHandedOver(
                    practitioner_id=former,
                    agency=body.agency,
                    occurred_at=now,
                    to=PractitionerRef(practitioner_id=now_id, role=body.to.role, sealed=sealed),
                    same_person=body.same_person,
                )
            )
        return Json({"practitioner_id": former, "handed_over_to": now_id, "trainings_followed": followed})

    return [Route("/practitioners/hand-over", page(hand_over), methods=["POST"])]


async def _follow(
    tx: Transaction, body: HandOver, former: UUID, now_id: UUID, theirs: list[Session], now: datetime, by: str
) -> int:
    """Moves trainings, screenings and championship to the id that a person has now; returns how many trainings.

    Where both ids have a place in one session, the former's stays where it is: a person is there once.
    """
    followed = 0
    for session in theirs:
        places = [each for each in session.everybody.values() if each.practitioner_id == former]
        changes = [
            Followed(training_id=each.training_id, practitioner_id=now_id)
            for each in places
            if each.status == "given-up" or session.place_of(now_id) is None
        ]
        after = session
        for change in changes:
            after = evolve(after, change)
        await sessions.save(tx.connection, session, after, changes, now, by)
        for change in changes:
            place = after.everybody[change.training_id]
            if place.completed_on:
                tx.emit(completed(after, place, now))
        followed += len(changes)
    await practitioners.follow(tx.connection, former, now_id)
    if await records.stand_champion_down(tx.connection, body.agency, former, now.date(), by):
        tx.emit(
            ChampionStoodDown(practitioner_id=former, agency=body.agency, occurred_at=now, stood_down_on=now.date())
        )
        if await records.name_champion(tx.connection, body.agency, now_id, now.date(), by):
            held = (await practitioners.certificates(tx.connection, [now_id])).get(now_id, ())
            modules = tuple(sorted({module for each in held for module in each.modules}))
            tx.emit(
                ChampionNamed(
                    practitioner_id=now_id,
                    agency=body.agency,
                    occurred_at=now,
                    named_on=now.date(),
                    modules_held=modules,
                )
            )
    return followed
