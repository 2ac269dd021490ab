"""What people said had changed when their case ended, their words sealed."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.contracts.referral import ViewGiven
from shared.postgres.connection import Connection


class View(NamedTuple):
    """One person's view, with the event by which the provider reported it."""

    event_id: UUID
    case_id: UUID
    referral_id: UUID
    given: ViewGiven
    at: datetime


async def add(connection: Connection, views: Collection[View]) -> None:
    """Adds views. Whoever is named twice in one update said what was said first."""
    await connection.executemany(
        """
        INSERT INTO view_given (event_id, person_id, case_id, referral_id, change, words, given_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
        """,
        [
            (
                *(each.event_id, each.given.person_id, each.case_id, each.referral_id, each.given.change),
                *(each.given.words.model_dump(mode="json") if each.given.words else None, each.at),
            )
            for each in views
        ],
    )
