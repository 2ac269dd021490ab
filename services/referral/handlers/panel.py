"""The panel: its members and meetings, and from whom a case is withheld.

`key` is that of the form, where a page sent it; AlreadySentError where it was sent before.
"""

from typing import Any
from uuid import UUID

from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.domain.deciders.panel import Attendance, Conflict, NewMember, Schedule
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.worklist import lock_case_row
from services.referral.repository import panel
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.connection import Connection
from shared.service.definition import Context
from shared.service.form_keys import claim_once

NO_MEETING = "There is no panel meeting with this id."
NO_MEMBER = "There is no panel member with this id."


async def add_member(context: Context, member: NewMember, *, key: UUID | None = None) -> UUID:
    """Adds a member, the name sealed under a key of their own. Returns the member's id."""
    member_id = new_id()
    keys = await context.keyring.for_sealing([member_id], "practitioner")
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        name = keys.seal(member_id, "panel-member-name", member.name)
        await panel.add_member(tx.connection, member_id, member, name)
    return member_id


async def retire(context: Context, member_id: UUID, *, key: UUID | None = None) -> None:
    """A member leaves the panel. Raises NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        if not await panel.retire(tx.connection, member_id, context.clock.now()):
            raise NotThereError(NO_MEMBER)


async def schedule(context: Context, asked: Schedule, *, key: UUID | None = None) -> list[dict[str, Any]]:
    """Plans meetings, and puts what waits for one on the next agenda. Raises ConflictError for a day that is over."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        every_days, _ = await panel.settings(tx.connection, asked.area)
        days = [(new_id(), day) for day in asked.days(every_days)]
        if over := await panel.over_on(tx.connection, asked.area, [day for _, day in days]):
            held_on, status = over
            raise ConflictError(
                f"The meeting of {held_on:%-d %B %Y} is {status}: nothing is planned. Name another day."
            )
        planned = await panel.schedule(tx.connection, asked.area, days)
        await panel.place_waiting(tx.connection, asked.area)
    return planned


async def attend(context: Context, meeting_id: UUID, asked: Attendance, *, key: UUID | None = None) -> None:
    """Records who is at a meeting. Raises NotThereError, ConflictError or InvalidCommandError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        meeting = await _planned(tx.connection, meeting_id)
        if await panel.strangers(tx.connection, meeting["area"], asked.members):
            raise InvalidCommandError("members", "must be members of this area's panel")
        await panel.attend(tx.connection, meeting_id, asked.members)


async def end_meeting(context: Context, meeting_id: UUID, status: str, *, key: UUID | None = None) -> dict[str, Any]:
    """Closes or cancels a meeting and returns it. Raises NotThereError or ConflictError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        meeting = await _planned(tx.connection, meeting_id)
        await panel.end_meeting(tx.connection, meeting_id, meeting["area"], status)
    return {**meeting, "status": status}


async def withhold(context: Context, case_id: UUID, conflict: Conflict, who: str, *, key: UUID | None = None) -> UUID:
    """Withholds a case. Returns the conflict's id. Raises UnknownCaseError or InvalidCommandError."""
    if (conflict.agency is None) == (conflict.member is None):
        raise InvalidCommandError("agency", "must be given, or else member, and not both")
    conflict_id = new_id()
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        await lock_case_row(tx.connection, case_id)
        if conflict.member and not await panel.is_member(tx.connection, conflict.member):
            raise InvalidCommandError("member", "is no member of a panel")
        await panel.add_conflict(tx.connection, conflict_id, case_id, conflict, context.clock.now(), who)
    return conflict_id


async def lift(context: Context, case_id: UUID, conflict_id: UUID, *, key: UUID | None = None) -> None:
    """Ends a conflict. Raises NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        if not await panel.lift(tx.connection, case_id, conflict_id, context.clock.now()):
            raise NotThereError("No such conflict is in force for this case.")


async def _planned(connection: Connection, meeting_id: UUID) -> dict[str, Any]:
    meeting = await panel.lock_meeting(connection, meeting_id)
    if meeting is None:
        raise NotThereError(NO_MEETING)
    if meeting["status"] != "planned":
        raise ConflictError("This meeting is over.")
    return meeting
