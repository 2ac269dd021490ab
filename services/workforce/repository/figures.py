"""The answers that participants gave: each of them for the trainer, and what many of them come to."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from shared.contracts.workforce import TrainingModule
from shared.postgres.connection import Connection


@dataclass(frozen=True, slots=True)
class Rated:
    """One participant's ratings of one module; None where they gave none."""

    module: TrainingModule
    before: int | None
    after: int | None
    later: int | None


async def ratings(connection: Connection, area: str) -> list[Rated]:
    """Everybody's ratings in an area, of those alone who were rated by one and the same instrument."""
    rows = await connection.fetch(
        """
        SELECT module, max(score) FILTER (WHERE occasion = 'before') AS before,
            max(score) FILTER (WHERE occasion = 'after') AS after,
            max(score) FILTER (WHERE occasion = 'follow-up') AS later
        FROM confidence JOIN place USING (training_id) JOIN training_session USING (session_id)
        WHERE $1 = ANY (areas) GROUP BY training_id, module, instrument, version
        """,
        area,
    )
    return [Rated(TrainingModule(row["module"]), row["before"], row["after"], row["later"]) for row in rows]


async def follow_ups(connection: Connection, area: str) -> dict[str, Any]:
    """What the follow-ups of an area came to, counted; `obstacles` by their code."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE follow_up.status = 'answered') AS answered,
            count(*) FILTER (WHERE follow_up.status IN ('answered', 'unanswered')
                OR (follow_up.status = 'open')) AS asked,
            count(*) FILTER (WHERE used) AS used, sum(families) AS families, count(families) AS said_families
        FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id)
        WHERE $1 = ANY (areas)
        """,
        area,
    )
    named = await connection.fetch(
        """
        SELECT obstacle, count(*) AS people
        FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id),
            unnest(obstacles) AS obstacle
        WHERE $1 = ANY (areas) AND follow_up.status = 'answered' GROUP BY obstacle ORDER BY people DESC, obstacle
        """,
        area,
    )
    return {**dict(row or {}), "obstacles": {each["obstacle"]: each["people"] for each in named}}


async def of_area(connection: Connection, area: str, limit: int) -> list[dict[str, Any]]:
    """Each follow-up of an area that has opened: who is asked, and what they answered; open ones first."""
    rows = await connection.fetch(
        """
        SELECT training_id, session_id, place.agency, modules, completed_on, closes_on, follow_up.status, used,
            how_often, families, obstacles, practitioner_id, screened_as, registered_as, (
                SELECT jsonb_object_agg(module, score) FROM confidence
                WHERE confidence.training_id = place.training_id AND occasion = 'follow-up'
            ) AS confidence
        FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id)
            JOIN practitioner USING (practitioner_id)
        WHERE $1 = ANY (areas) AND follow_up.status IN ('open', 'answered', 'unanswered')
        ORDER BY follow_up.status <> 'open', closes_on DESC, training_id LIMIT $2
        """,
        area,
        limit,
    )
    return [dict(row) for row in rows]


def by_module(rated: list[Rated]) -> dict[TrainingModule, list[Rated]]:
    """The ratings module by module, in the order of the course."""
    found: dict[TrainingModule, list[Rated]] = defaultdict(list)
    for each in rated:
        found[each.module].append(each)
    return {module: found[module] for module in TrainingModule if module in found}
