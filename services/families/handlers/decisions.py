"""A person's decisions about links: under the lock of identities load, decide, save and publish; all of it or nothing.

Each command raises UnknownError for an id that there is not, and NotAllowedError where the decision is not possible.
`key` is that of the form, where a page sent it; AlreadySentError where it was sent before.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from services.families.domain.groups import MemberKey, Pair, pair_of
from services.families.domain.links import Attribution, Links, NotAllowedError
from services.families.handlers.publishing import save_and_publish
from services.families.repository import identities, links, pages
from shared.contracts.families import LinkReason
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.postgres.connection import Connection
from shared.service.definition import Context
from shared.service.form_keys import claim_once

NO_LIKENESS = "There is no likeness with this id."
NO_CASE = "There is no case with this id."


class UnknownError(Exception):
    """There is nothing of this id. The message is a plain sentence."""


class Decisions:
    """The commands. `person` is who decides, as they name themselves."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def confirm(self, likeness_id: UUID, person: str, reason: LinkReason, *, key: UUID | None = None) -> None:
        """The two of a likeness are one family."""
        await self._decide_likeness(Links.confirm, likeness_id, self._attribution(person, reason), key)

    async def reject(self, likeness_id: UUID, person: str, reason: LinkReason, *, key: UUID | None = None) -> None:
        """The two of a likeness are two families."""
        await self._decide_likeness(Links.reject, likeness_id, self._attribution(person, reason), key)

    async def note(self, likeness_id: UUID, person: str, reason: LinkReason, *, key: UUID | None = None) -> None:
        """The coordinators of two areas have spoken about a likeness."""
        await self._decide_likeness(Links.note, likeness_id, self._attribution(person, reason), key)

    async def link(
        self, case_id: UUID, with_case: UUID, person: str, reason: LinkReason, *, key: UUID | None = None
    ) -> None:
        """The families of two cases are one, by a person's knowledge alone."""
        async with self._locked(key) as tx:
            one, one_area = await _member_of(tx.connection, case_id)
            other, other_area = await _member_of(tx.connection, with_case)
            if one == other:
                raise NotAllowedError("Both are cases of one family of one front door.")
            loaded = await links.load(tx.connection, (one, other))
            by = self._attribution(person, reason)
            loaded.link(pair_of(one, other), by, across_areas=one_area != other_area)
            await save_and_publish(tx, loaded, by.at)

    async def separate(self, case_id: UUID, person: str, reason: LinkReason, *, key: UUID | None = None) -> None:
        """The family of a case is not of those that it was linked with."""
        async with self._locked(key) as tx:
            member, _ = await _member_of(tx.connection, case_id)
            loaded = await links.load(tx.connection, [member])
            by = self._attribution(person, reason)
            loaded.separate(member, by)
            await save_and_publish(tx, loaded, by.at)

    async def _decide_likeness(
        self, decide: Callable[[Links, Pair, Attribution], None], likeness_id: UUID, by: Attribution, key: UUID | None
    ) -> None:
        async with self._locked(key) as tx:
            pair = await links.pair_by_id(tx.connection, likeness_id)
            if pair is None:
                raise UnknownError(NO_LIKENESS)
            loaded = await links.load(tx.connection, pair)
            decide(loaded, pair, by)
            await save_and_publish(tx, loaded, by.at)

    @asynccontextmanager
    async def _locked(self, key: UUID | None) -> AsyncIterator[Transaction]:
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await identities.lock(tx.connection)
            yield tx

    def _attribution(self, person: str, reason: LinkReason) -> Attribution:
        return Attribution(person, self._context.clock.now(), reason)


async def _member_of(connection: Connection, case_id: UUID) -> tuple[MemberKey, str]:
    found = await pages.member_of(connection, case_id)
    if found is None:
        raise UnknownError(NO_CASE)
    return found
