"""What is held of one person in their case."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.postgres.connection import Connection


@dataclass(frozen=True)
class Held:
    """A person's case, its state, and in numbers what there is: consents, workers' and panels' words, and providers."""

    case_id: UUID
    area: str
    state: str
    consents: int
    words: int
    providers: Sequence[str]


async def held_in(connection: Connection, case_id: UUID, person: UUID) -> Held | None:
    """What is held of a person in this case; None where there is no such case here."""
    row = await connection.fetchrow(
        """
        SELECT case_id, area, state,
            (SELECT count(*) FROM consent WHERE consent.case_id = of_case.case_id
                AND $2 IN (person_id, child_id)) AS consents,
            (SELECT count(*) FROM case_note WHERE case_note.case_id = of_case.case_id)
                + (SELECT coalesce(sum(written), 0) FROM message_thread WHERE message_thread.case_id = of_case.case_id)
                + (SELECT count(words) FROM panel_view WHERE panel_view.case_id = of_case.case_id)
                + (SELECT count(minutes) FROM panel_item WHERE panel_item.case_id = of_case.case_id) AS words,
            (SELECT coalesce(array_agg(DISTINCT provider ORDER BY provider), '{}') FROM referral
                WHERE referral.case_id = of_case.case_id) AS providers
        FROM referral_case AS of_case WHERE case_id = $1
        """,
        case_id,
        person,
    )
    return Held(**row) if row else None
