"""Families that front doors referred, written by SQL: as many as are wanted, each with the records that it was sent."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from deploy.bench.page_cases import AREAS, write
from deploy.stack.home import Stack
from shared.contracts.notification import CaseProgressed
from shared.contracts.practitioners import practitioner_id

AGENCY, NAME = "agency-0", "t.pryce"
_AGENCIES, _PRACTITIONERS = 20, 40
_STEPS = ("screened", "agreed", "accepted", "closed")
_TURNS = ("team", "provider", "provider", "nobody")

# A family's number decides everything about it. Each has as many records as its newest step asks for.
_FAMILIES = """
CREATE TEMPORARY TABLE made (
    at integer, case_id uuid, agency text, area text, family_ref text, practitioner_id uuid, steps integer,
    since timestamptz
) ON COMMIT DROP;
INSERT INTO made SELECT at, md5('case-' || at)::uuid, 'agency-' || at / 3 % $2::integer, ($1::text[])[1 + at / 7 % 2],
    'Family-' || at,
    CASE WHEN at % 60 < 3 AND at < 3000 THEN $3::uuid ELSE md5('sender-' || at / 60 % $5::integer)::uuid END,
    1 + at % 4, now() - interval '1 hour' * (1 + at * 37 % 1440)
FROM generate_series(0, $4::integer - 1) AS at;
INSERT INTO pathway_case (case_id) SELECT case_id FROM made;
INSERT INTO progress_record
SELECT case_id, number, since - interval '1 day' * (4 - number), jsonb_set(
    ($6::jsonb[])[number] || jsonb_build_object('case_id', case_id, 'family_ref', family_ref, 'area', area),
    '{sequence}', to_jsonb(number))
FROM made CROSS JOIN generate_series(1, 4) AS number WHERE number <= steps;
INSERT INTO tracked_family SELECT case_id, agency, area, family_ref, practitioner_id, since, false, steps, since,
    ($7::text[])[steps], (SELECT record FROM progress_record AS newest
        WHERE newest.case_id = made.case_id AND sequence = steps)
FROM made;
"""


def _records() -> list[str]:
    """A record of each step, with marks in place of what differs from family to family."""
    at, nobody = datetime(2026, 1, 5, tzinfo=UTC), UUID(int=0)
    more: list[dict[str, Any]] = [
        {"decision": "refer"},
        {"service": "mediation", "provider": "north"},
        {"provider": "north"},
        {"outcome": "completed"},
    ]
    return [
        json.dumps(
            CaseProgressed(
                case_id=nobody, occurred_at=at, family_ref="-", area=AREAS[0], sequence=0, step=step, **given
            ).model_dump(mode="json", exclude_defaults=True)
        )
        for step, given in zip(_STEPS, more, strict=True)
    ]


async def fill(stack: Stack, database: str, families: int) -> None:
    """Writes so many. Whoever signs in sent a few of them."""
    sender = practitioner_id(AGENCY, NAME)
    given = (list(AREAS), _AGENCIES, sender, families, _PRACTITIONERS, _records(), list(_TURNS))
    await write(stack, database, {_FAMILIES: given})
