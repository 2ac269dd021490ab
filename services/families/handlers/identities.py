"""Families' subscribers: keep what is sealed, look for the families, tell; a batch at a time."""

from collections.abc import Sequence

from services.families.handlers.recognition import Recognition
from services.families.repository import directory, forms, identities, taken_back
from services.families.settings import FamiliesSettings
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.screening import ParentIdentitySealed, ScreeningTakenBack
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Handlers:
    """The families service's handlers."""

    def __init__(self, context: Context, settings: FamiliesSettings) -> None:
        self._clock = context.clock
        self._recognition = Recognition(context.keyring, settings)

    async def identities(self, tx: Transaction, batch: Sequence[Received[ParentIdentitySealed]]) -> None:
        """Looks for each screening's family among all others, once all its parents are here, and tells what it found.

        While earlier screenings have no tokens in today's form it could miss them: then it waits until they have.
        """
        usable = []
        for each in batch:
            if each.event.sealed.subject == each.event.person_id:
                usable.append(each)
            else:
                tx.reject(each, Finding("sealed.subject", "must be the person whose identity this is"))
        await identities.lock(tx.connection)
        causes = {(each.event.agency, each.event.submission_id): each for each in usable}
        # What was taken back stays void: its identities may come after the taking back.
        void = await taken_back.among(tx.connection, causes)
        usable = [each for each in usable if (each.event.agency, each.event.submission_id) not in void]
        await identities.keep(tx.connection, (each.event for each in usable))
        fresh = await identities.complete(tx.connection, causes)
        if not fresh:
            return
        if await forms.are_behind(tx.connection):
            await forms.put_off(tx.connection, fresh)
            return
        # On a calendar of its own the service takes the time of what it handles, the newest of the batch.
        now = max(self._clock.now(each.event.occurred_at) for each in usable)
        for event in await self._recognition.look(tx.connection, fresh, now):
            # Another agency's family is told of by an event of its own, so no correlation ties the two together.
            key = (getattr(event, "agency", ""), getattr(event, "submission_id", None))
            tx.emit(event, cause=causes.get(key))  # type: ignore[arg-type]

    async def taken_back(self, tx: Transaction, batch: Sequence[Received[ScreeningTakenBack]]) -> None:
        """Makes void what screenings that were taken back said of identities, and tells what follows of it."""
        await identities.lock(tx.connection)
        await taken_back.remember(tx.connection, (each.event for each in batch))
        keys = {(each.event.agency, each.event.submission_id) for each in batch}
        now = max(self._clock.now(each.event.occurred_at) for each in batch)
        # What is told concerns other families: no correlation ties it to the screening that was taken back.
        for event in await self._recognition.forget(tx.connection, keys, now):
            tx.emit(event)

    async def directory(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
        """Keeps the names of areas and agencies."""
        entries = {each.event.key(): (each.event, each.record.offset) for each in batch}
        await directory.save(tx.connection, list(entries.values()))
