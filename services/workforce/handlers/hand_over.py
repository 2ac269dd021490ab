"""The command by which a practitioner's open cases are another's; where only their id has changed, all that is theirs
follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.workforce.domain.consequences import completed
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.rule import modules_held
from services.workforce.domain.session import Attribution, Followed, Session, apply
from services.workforce.handlers.people import Person, register
from services.workforce.handlers.session_changes import lock_session
from services.workforce.repository import champions, directory, practitioners, sessions
from shared.contracts.screening import PractitionerRef
from shared.contracts.workforce import ChampionNamed, ChampionStoodDown, PractitionerHandedOver
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context


@dataclass(frozen=True, slots=True)
class HandOver:
    """From one practitioner to a successor of the same agency, who has this role; or to the same person's new id."""

    former: UUID
    successor: Person
    role: str
    same_person: bool


class HandOvers:
    """The command."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def hand_over(self, asked: HandOver, person: str) -> int:
        """Publishes who has the cases from now on; returns how many trainings have followed to the new id.

        Raises InvalidError for an agency that is not registered, NotAllowedError where the successor's key was erased.
        `person` is who acts, as they name themselves.
        """
        former, successor = asked.former, asked.successor
        by = Attribution(person, self._context.clock.now())
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if not (await directory.agencies(tx.connection, [successor.agency])).areas:
                raise InvalidError([("agency", "must be a registered agency")])
            # Sessions before practitioners, in the order in which bookings lock them.
            theirs = [await lock_session(tx, each) for each in await sessions.of_practitioner(tx.connection, former)]
            await register(tx, self._context.keyring, [successor])
            await practitioners.lock(tx.connection, [former, successor.practitioner_id])
            keys = await self._context.keyring.for_sealing([successor.practitioner_id], "practitioner")
            box = {"name": successor.name, "email": successor.email}
            try:
                sealed = keys.seal(successor.practitioner_id, "practitioner", box)
            except CannotOpenError:
                raise NotAllowedError("The key of the practitioner who takes over was erased.") from None
            followed = await _follow(tx, asked, theirs, by) if asked.same_person else 0
            tx.emit(
                PractitionerHandedOver(
                    practitioner_id=former,
                    agency=successor.agency,
                    occurred_at=by.at,
                    to=PractitionerRef(practitioner_id=successor.practitioner_id, role=asked.role, sealed=sealed),
                    same_person=asked.same_person,
                )
            )
        return followed


async def _follow(tx: Transaction, asked: HandOver, theirs: Sequence[Session], by: Attribution) -> int:
    """Moves trainings, screenings and championship to the id that a person has now; returns how many trainings.

    Where both ids have a place in one session, the former's stays where it is: a person is there once.
    """
    former, new_id = asked.former, asked.successor.practitioner_id
    followed = 0
    for session in theirs:
        places = [each for each in session.everybody.values() if each.practitioner_id == former]
        changes = [
            Followed(training_id=each.training_id, practitioner_id=new_id)
            for each in places
            if each.status == "given-up" or session.place_of(new_id) is None
        ]
        after = apply(session, changes)
        await sessions.save(tx.connection, session, after, changes, by)
        for change in changes:
            place = after.everybody[change.training_id]
            if place.completed_on:
                tx.emit(completed(after, place, by.at))
        followed += len(changes)
    await practitioners.follow(tx.connection, former, new_id)
    await _move_championship(tx, asked, by)
    return followed


async def _move_championship(tx: Transaction, asked: HandOver, by: Attribution) -> None:
    agency, today = asked.successor.agency, by.at.date()
    former, new_id = asked.former, asked.successor.practitioner_id
    if not await champions.stand_down(tx.connection, agency, former, today, by.person):
        return
    tx.emit(ChampionStoodDown(practitioner_id=former, agency=agency, occurred_at=by.at, stood_down_on=today))
    if await champions.name(tx.connection, agency, new_id, today, by.person):
        held = (await practitioners.certificates(tx.connection, [new_id])).get(new_id, ())
        tx.emit(
            ChampionNamed(
                practitioner_id=new_id,
                agency=agency,
                occurred_at=by.at,
                named_on=today,
                modules_held=tuple(sorted(modules_held(held))),
            )
        )
