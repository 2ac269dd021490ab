"""Commands on the directory: what a change would do, and the change itself, which goes onto its topic."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.administration.domain.changes import ChangedMeanwhileError, Plan, plan, since
from services.administration.domain.directory import areas_of
from services.administration.repository import directory
from services.administration.repository.directory import NOT_THERE, Change
from shared.contracts.directory import DirectoryEntry
from shared.contracts.directory_reading import Line
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once

Lines = Callable[[Mapping[str, DirectoryEntry]], Sequence[Line]]
"""Reads what somebody wants, laid over what is in force. It raises what is wrong with it."""


class UnderWayError(Exception):
    """An entry was changed a moment ago, and the topic has not brought it yet."""


def preview(lines: Lines, areas: Collection[str] | None, registered: Mapping[str, DirectoryEntry]) -> Plan:
    """What would be changed of what is in force. Raises RefusedChangeError, and what `lines` raises."""
    return plan(lines(registered), registered, areas)


class Changes:
    """The commands. `areas` are those that whoever acts administers, None for all; `person` is their id."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def registered(self) -> dict[str, DirectoryEntry]:
        """Every entry in force, whoever asks."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            return await directory.registered(tx.connection)

    async def apply(
        self, lines: Lines, areas: Collection[str] | None, seen: Mapping[str, Any], person: str, key: UUID
    ) -> Plan:
        """Makes a change under the key of its form. `seen`: what was in force of each entry when it was looked at.

        Raises RefusedChangeError, ChangedMeanwhileError, UnderWayError, AlreadySentError, and what `lines` raises.
        """
        now = datetime.now(UTC)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await directory.lock_changes(tx.connection)
            registered = await directory.registered(tx.connection)
            made = plan(lines(registered), registered, areas)
            if otherwise := since(seen, made.known):
                raise ChangedMeanwhileError(otherwise)
            if await directory.under_way(tx.connection, [each.entry.key() for each in made.changes]):
                raise UnderWayError
            offsets = await directory.offsets(tx.connection)
            after = {**registered, **{each.entry.key(): each.entry for each in made.changes}}
            noted = [
                Change(
                    new_id(),
                    each.before,
                    each.entry,
                    offsets.get(each.entry.key(), NOT_THERE),
                    areas_of(each.entry, after) | (areas_of(each.before, registered) if each.before else frozenset()),
                )
                for each in made.changes
            ]
            await directory.note(tx.connection, noted, now, person)
            for each in made.changes:
                tx.emit(each.entry)
        return made
