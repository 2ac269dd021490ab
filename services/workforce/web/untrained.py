"""Who screens in an area and lacks what it asks for, today."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.workforce.domain.errors import InvalidError
from services.workforce.domain.rule import judge
from services.workforce.repository import directory, practitioners
from services.workforce.web.answers import named
from shared.contracts.area_parts import TrainingRequired
from shared.postgres.row_reach import guard_lifted
from shared.service.definition import Context

_FLAGGED = ("in-grace", "untrained")


@dataclass(frozen=True, slots=True)
class Untrained:
    """The area's rule, how many screened under it, how many of them lack something, and the first of these."""

    rule: TrainingRequired | None
    practitioners: int
    flagged: int
    people: list[dict[str, Any]]


async def untrained(context: Context, area: str, today: date, limit: int) -> Untrained:
    """Who is in their days of grace, or untrained, in an area. Raises InvalidError for one that is not registered."""
    async with (
        context.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if await directory.unknown_areas(connection, [area]):
            raise InvalidError([("area", "must be a registered area, by its ONS code")])
        rule = (await directory.rules(connection, [area])).get(area)
        screened = await practitioners.who_screened(connection, area, rule.since) if rule else []
        # Somebody may have been trained in a session of other areas.
        async with guard_lifted(connection):
            held = await practitioners.certificates(connection, [row["practitioner_id"] for row in screened])
    flagged = []
    for row in screened:
        judged = judge(rule, held.get(row["practitioner_id"], ()), today, row["first_screened_on"])
        if judged.standing in _FLAGGED:
            more = {
                "standing": judged.standing,
                "missing": judged.missing,
                "grace_ended_on": judged.grace_ended_on,
            }
            flagged.append(row | more)
    shown = await named(context.keyring, flagged[:limit])
    return Untrained(rule, len(screened), len(flagged), shown)
