"""What the training came to, counted: reach, confidence, use, and who carries it on."""

from typing import Any

from services.workforce.domain.modules import SCALE
from services.workforce.repository import directory
from shared.postgres.connection import Connection

_SESSIONS = """
    SELECT count(*) AS sessions, coalesce(sum(places), 0) AS places,
        count(*) FILTER (WHERE delivered_by IN (SELECT agency FROM agency)) AS delivered_by_agencies
    FROM training_session WHERE NOT called_off AND ($1::text IS NULL OR $1 = ANY (areas))
"""
_PLACES = """
    SELECT place.status, count(*) AS places FROM place JOIN training_session USING (session_id)
    WHERE $1::text IS NULL OR $1 = ANY (areas) GROUP BY place.status ORDER BY place.status
"""
_MODULES = """
    SELECT module, count(DISTINCT practitioner_id) AS trained
    FROM place JOIN training_session USING (session_id), unnest(modules) AS module
    WHERE status = 'completed' AND ($1::text IS NULL OR $1 = ANY (areas)) GROUP BY module ORDER BY module
"""
_PROFESSIONS = """
    SELECT profession, count(DISTINCT practitioner_id) AS trained
    FROM place JOIN training_session USING (session_id)
    WHERE status = 'completed' AND ($1::text IS NULL OR $1 = ANY (areas)) GROUP BY profession
    ORDER BY trained DESC, profession
"""
# Only whoever rated both before and after shows a change; `later` are those of them who were asked again.
_CONFIDENCE = """
    WITH rated AS (
        SELECT training_id, module, instrument, version,
            max(score) FILTER (WHERE occasion = 'before') AS before,
            max(score) FILTER (WHERE occasion = 'after') AS after,
            max(score) FILTER (WHERE occasion = 'follow-up') AS later
        FROM confidence JOIN place USING (training_id) JOIN training_session USING (session_id)
        WHERE $1::text IS NULL OR $1 = ANY (areas)
        GROUP BY training_id, module, instrument, version
    )
    SELECT module, instrument, version, count(*) AS practitioners, avg(before)::float AS before,
        avg(after)::float AS after, count(later) AS asked_later, avg(later)::float AS later,
        avg((before >= $2)::integer)::float AS confident_before,
        avg((after >= $2)::integer)::float AS confident_after,
        avg((later >= $2)::integer)::float AS confident_later
    FROM rated WHERE before IS NOT NULL AND after IS NOT NULL
    GROUP BY module, instrument, version ORDER BY module
"""
_FOLLOW_UPS = """
    SELECT count(*) FILTER (WHERE follow_up.status = 'answered') AS answered,
        count(*) FILTER (WHERE follow_up.status = 'unanswered') AS unanswered,
        count(*) FILTER (WHERE follow_up.status IN ('to-come', 'open')) AS not_yet,
        count(*) FILTER (WHERE used) AS used, count(*) FILTER (WHERE how_often = 'weekly') AS weekly,
        count(*) FILTER (WHERE how_often = 'monthly') AS monthly,
        count(*) FILTER (WHERE how_often = 'less-often') AS less_often,
        count(*) FILTER (WHERE trains_others) AS train_others
    FROM follow_up JOIN place USING (training_id) JOIN training_session USING (session_id)
    WHERE $1::text IS NULL OR $1 = ANY (areas)
"""
_CHAMPIONS = """
    SELECT count(*) AS champions, count(DISTINCT champion.agency) AS agencies FROM champion
    LEFT JOIN agency ON agency.agency = champion.agency
    WHERE stood_down_on IS NULL AND ($1::text IS NULL OR $1 = ANY (areas))
"""

_ANSWERS = ("used", "weekly", "monthly", "less_often", "train_others")
_LATER = ("later", "confident_later")
_RATED = ("before", "after", "confident_before", "confident_after", *_LATER)


async def summary(connection: Connection, area: str | None) -> dict[str, Any]:
    """All counts of one area, or of all.

    Means, shares and answers are None where there was nobody to ask, or fewer than the area's smallest group.
    """

    async def rows(query: str, *more: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(query, area, *more)]

    smallest = await directory.smallest_group(connection, area)
    confidence = [_held_back(row, smallest) for row in await rows(_CONFIDENCE, SCALE.confident_from)]
    (follow_ups,) = await rows(_FOLLOW_UPS)
    if follow_ups["answered"] < smallest:
        follow_ups |= dict.fromkeys(_ANSWERS)

    return {
        "sessions": (await rows(_SESSIONS))[0],
        "places": {row["status"]: row["places"] for row in await rows(_PLACES)},
        "trained_by_module": await rows(_MODULES),
        "trained_by_profession": await rows(_PROFESSIONS),
        "confidence": confidence,
        "follow_ups": follow_ups,
        "champions": (await rows(_CHAMPIONS))[0],
    }


def _held_back(row: dict[str, Any], smallest: int) -> dict[str, Any]:
    hidden = _RATED if row["practitioners"] < smallest else _LATER if row["asked_later"] < smallest else ()
    return row | dict.fromkeys(hidden)
