"""Commands on agencies' champions: who carries the training on. `key` is that of a page's form."""

from uuid import UUID

from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.rule import modules_held
from services.workforce.handlers.people import Person, register
from services.workforce.repository import champions, directory, practitioners
from shared.contracts.workforce import ChampionNamed, ChampionStoodDown, TrainingModule
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once


class Champions:
    """The commands. `person` is who acts, as they name themselves."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def name(self, champion: Person, person: str, *, key: UUID | None = None) -> tuple[TrainingModule, ...]:
        """An agency names a champion; returns the modules that they hold. Whoever is one already stays one."""
        now = self._context.clock.now()
        champion_id, agency = champion.practitioner_id, champion.agency
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            if not (await directory.agencies(tx.connection, [agency])).areas:
                raise InvalidError([("agency", "must be a registered agency")])
            await register(tx, self._context.keyring, [champion])
            held = modules_held((await practitioners.certificates(tx.connection, [champion_id])).get(champion_id, ()))
            if await champions.name(tx.connection, agency, champion_id, now.date(), person):
                event = ChampionNamed(
                    practitioner_id=champion_id,
                    agency=agency,
                    occurred_at=now,
                    named_on=now.date(),
                    modules_held=held,
                )
                tx.emit(event)
        return held

    async def stand_down(self, champion: Person, person: str, *, key: UUID | None = None) -> None:
        """A champion is one no longer. Raises NotAllowedError where they are none."""
        now = self._context.clock.now()
        champion_id, agency = champion.practitioner_id, champion.agency
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await practitioners.lock(tx.connection, [champion_id])
            if not await champions.stand_down(tx.connection, agency, champion_id, now.date(), person):
                raise NotAllowedError("This practitioner is not a champion of this agency.")
            event = ChampionStoodDown(
                practitioner_id=champion_id, agency=agency, occurred_at=now, stood_down_on=now.date()
            )
            tx.emit(event)
