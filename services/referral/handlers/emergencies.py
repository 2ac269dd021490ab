"""Opening a case in an emergency, and reviewing that somebody did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.safety.emergency import (
    EmergencyAccess,
    OpenInEmergency,
    Review,
    open_in_emergency,
    why_not_review,
)
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from services.referral.repository import cases, emergencies, pages
from services.referral.settings import ReferralSettings
from shared.access.scopes import Belonging
from shared.contracts.case_record import CaseOpenedInEmergency
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.messaging.timers.clock import Clock
from shared.privacy.case_words import seal_words
from shared.service.definition import Context
from shared.service.form_keys import claim_once

# Whoever opens a case reads it for an hour of theirs, wherever the calendar of the cases is.
WALL = Clock("wall")
NO_ACCESS = "There is nothing open with this id. Open the case again if you still need it."
NO_USE = "There is no use with this id."


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opens a case, and which records they reach without an emergency."""

    who: str
    reaches: Callable[[Belonging], bool]


async def open_case(
    context: Context, case_id: UUID, asked: OpenInEmergency, by: Opener, *, key: UUID | None = None
) -> EmergencyAccess:
    """Opens a case for this person to read, and has the area's lead notified.

    `key` is that of the form, where a page sent it. Raises UnknownCaseError, ConflictError where they reach the case
    without it, or AlreadySentError.
    """
    settings = context.settings
    if not isinstance(settings, ReferralSettings):
        raise TypeError("the referral service runs on ReferralSettings")
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        belonging = await pages.belonging(tx.connection, case_id)
        if belonging is None:
            raise UnknownCaseError
        if by.reaches(belonging):
            raise ConflictError("This case is one of your own: open it as any other.")
        (area,) = belonging.areas
        access = open_in_emergency(
            new_id(), case_id, area, by.who, asked.reason, settings.emergency_limits(), WALL.now()
        )
        words = await seal_words(context.keyring, case_id, "emergency-access", asked.words)
        await emergencies.add(tx.connection, access, words)
        tx.emit(
            CaseOpenedInEmergency(
                case_id=case_id,
                occurred_at=access.opened_at,
                access_id=access.access_id,
                area=area,
                reason=access.reason,
                ends_at=access.ends_at,
                review_due_at=access.review_due_at,
            )
        )
    return access


async def read_case(context: Context, access_id: UUID, who: str) -> tuple[EmergencyAccess, dict[str, Any], Case]:
    """What somebody reads of a case that they opened, while it is open. Raises NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        access = await emergencies.find(tx.connection, access_id)
        if access is None or not access.is_open(who, WALL.now()):
            raise NotThereError(NO_ACCESS)
        row = await pages.case(tx.connection, access.case_id)
        families = await cases.families_of(tx.connection, [access.case_id])
        case = (await cases.load(tx.connection, families)).get(access.case_id)
        if row is None or case is None:
            raise NotThereError(NO_ACCESS)
    return access, row, case


async def review(
    context: Context, access_id: UUID, asked: Review, who: str, areas: list[str], *, key: UUID | None = None
) -> EmergencyAccess:
    """Adds the review of a use in one of these areas. Raises NotThereError, ConflictError or AlreadySentError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        access = await emergencies.find(tx.connection, access_id)
        if access is None or access.area not in areas:
            raise NotThereError(NO_USE)
        if against := why_not_review(access, who):
            raise ConflictError(against)
        words = await seal_words(context.keyring, access.case_id, "emergency-review", asked.words)
        await emergencies.add_review(tx.connection, access_id, WALL.now(), who, asked.finding, words)
    return access
