"""The coordinator's worklist: who has a case in hand, notes, and signs about families that are still to come."""

from uuid import UUID

from services.referral.domain.deciders.colleagues import Given, known_since, may_be_given
from services.referral.domain.deciders.commands import ConflictError
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from services.referral.repository import colleagues, coordinators, pages, signs
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.connection import Connection
from shared.privacy.case_words import seal_words
from shared.service.definition import Context
from shared.service.form_keys import claim_once


async def lock_case_row(connection: Connection, case_id: UUID) -> str | None:
    """The coordinator who has the case in hand, with the case locked. Raises UnknownCaseError."""
    try:
        return await coordinators.lock(connection, case_id)
    except LookupError:
        raise UnknownCaseError from None


async def claim(
    context: Context,
    case_id: UUID,
    who: str,
    *,
    take_over: bool = False,
    key: UUID | None = None,
    given: Given | None = None,
) -> None:
    """A coordinator takes a case in hand, or is `given` it. Raises UnknownCaseError, or ConflictError where another one
    has it, or it cannot be given to them.

    `key` is that of the form, where a page sent it; AlreadySentError where it was sent before.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        holder = await lock_case_row(tx.connection, case_id)
        if given is not None:
            may_be_given(given, who, holder, await _coordinators_of(tx.connection, case_id))
        elif holder not in (None, who) and not take_over:
            raise ConflictError(f"{holder} has this case in hand. Take it over if that is agreed.")
        if holder != who:
            await coordinators.claim(tx.connection, case_id, who, context.clock.now(), given)


async def _coordinators_of(connection: Connection, case_id: UUID) -> set[str]:
    """The coordinators of a case's area."""
    belonging = await pages.belonging(connection, case_id)
    areas = belonging.areas if belonging else ()
    found = await colleagues.coordinators(connection, areas, known_since(WALL.now()))
    return set().union(*found.values())


async def release(context: Context, case_id: UUID, who: str, *, key: UUID | None = None) -> None:
    """A coordinator gives a case back. Raises UnknownCaseError, ConflictError where it is not theirs, or
    AlreadySentError.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        if await lock_case_row(tx.connection, case_id) != who:
            raise ConflictError("This case is not in your hands.")
        await coordinators.release(tx.connection, case_id, context.clock.now())


async def add_note(context: Context, case_id: UUID, who: str, text: str, *, key: UUID | None = None) -> UUID:
    """Adds a note, sealed under a key of the case's own. Returns its id. Raises UnknownCaseError, ConflictError or
    AlreadySentError.
    """
    note_id = new_id()
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        await lock_case_row(tx.connection, case_id)
        sealed = await seal_words(context.keyring, case_id, "case-note", text)
        await coordinators.add_note(tx.connection, note_id, case_id, context.clock.now(), who, sealed)
    return note_id


async def see_to_sign(context: Context, agency: str, contact_id: UUID, who: str, areas: list[str] | None) -> None:
    """Somebody of these areas (None: of all) has seen to a sign about a family that is still to come.

    Raises NotThereError.
    """
    async with in_transaction(context.pool, context.service) as tx:
        if not await signs.seen_to(tx.connection, agency, contact_id, who, context.clock.now(), areas):
            raise NotThereError("No sign of abuse with this id waits for its family.")
