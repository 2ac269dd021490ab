"""The subscribers to what screening seals of parents and takes back: save, look for the families, publish."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from services.families.handlers.recognition import Recognition
from services.families.repository import erasures, forms, identities, taken_back
from services.families.repository.identities import SubmissionKey
from shared.contracts.base import Sealed
from shared.contracts.screening import ParentIdentitySealed, ScreeningTakenBack
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Identities:
    """A batch at a time, under the one lock of identities."""

    def __init__(self, context: Context, recognition: Recognition) -> None:
        self._clock = context.clock
        self._recognition = recognition

    async def sealed(self, tx: Transaction, batch: Sequence[Received[ParentIdentitySealed]]) -> None:
        """Looks for each screening's family among all others, once all its parents are here, and publishes the outcome.

        While earlier screenings have no tokens in today's form it could miss them: then it waits until they have.
        """
        usable = []
        for each in batch:
            if each.event.sealed.subject == each.event.person_id:
                usable.append(each)
            else:
                tx.reject(each, Finding("sealed.subject", "must be the person whose identity this is"))
        await identities.lock(tx.connection)
        causes = {_key(each): each for each in usable}
        # What was taken back stays void: its identities may come after the taking back.
        void = await taken_back.among(tx.connection, causes)
        await erasures.save_taken_back(tx.connection, _people(each for each in usable if _key(each) in void))
        usable = [each for each in usable if _key(each) not in void]
        await identities.save(tx.connection, (each.event for each in usable))
        complete = await identities.complete(tx.connection, causes)
        if not complete:
            return
        if await forms.are_behind(tx.connection):
            await forms.put_off(tx.connection, complete)
            return
        # The time of the newest event of the batch, where the service's clock follows its events.
        now = max(self._clock.now(each.event.occurred_at) for each in usable)
        await self._recognition.recognise(tx, complete, now, causes)

    async def taken_back(self, tx: Transaction, batch: Sequence[Received[ScreeningTakenBack]]) -> None:
        """Voids the identities of screenings that were taken back, and publishes what follows for other families."""
        await identities.lock(tx.connection)
        await taken_back.save(tx.connection, (each.event for each in batch))
        keys = {(each.event.agency, each.event.submission_id) for each in batch}
        now = max(self._clock.now(each.event.occurred_at) for each in batch)
        await self._recognition.remove(tx, keys, now)


def _key(received: Received[ParentIdentitySealed]) -> SubmissionKey:
    return received.event.agency, received.event.submission_id


def _people(void: Iterable[Received[ParentIdentitySealed]]) -> Iterator[tuple[SubmissionKey, UUID, str, Sealed]]:
    for each in void:
        yield _key(each), each.event.person_id, "parent", each.event.sealed
        yield from ((_key(each), child.subject, "child", child) for child in each.event.children)
