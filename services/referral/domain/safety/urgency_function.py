"""The lasting urgency for the database, which keeps the worklist in its order.

`python -m services.referral.domain.safety.urgency_function` prints migrations/R_urgency.sql.
"""

import sys
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from services.referral.domain.case.states import WaitingReason
from services.referral.domain.safety.urgency import Urgency, lasting_urgency
from shared.contracts.vocabulary import LevelOfNeed

_FUNCTION = """\
-- Written by `python -m services.referral.domain.safety.urgency_function` from domain/safety/urgency.py: how urgent a
-- line of the worklist is however long it waits. A reason that is not known by name here is a newer release's.
CREATE OR REPLACE FUNCTION lasting_urgency(reason text, level_of_need text) RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
    SELECT least(
        {by_reason},
        {by_level}
    )::smallint
$$;

-- Where the rule has changed, every line takes its new place.
UPDATE referral_case SET waiting_urgency = lasting_urgency(waiting_reason, family ->> 'level_of_need')
WHERE waiting_reason IS NOT NULL
    AND waiting_urgency IS DISTINCT FROM lasting_urgency(waiting_reason, family ->> 'level_of_need');
"""


def urgency_function() -> str:
    """The rule as a function of SQL: the more urgent of what the reason and what the level of need ask for."""
    by_reason = {reason: lasting_urgency(reason, None) for reason in WaitingReason}
    neutral = next(reason for reason, urgency in by_reason.items() if urgency is Urgency.ROUTINE)
    by_level = {level: lasting_urgency(neutral, level) for level in LevelOfNeed}
    return _FUNCTION.format(by_reason=_case("reason", by_reason), by_level=_case("level_of_need", by_level))


def _case(name: str, urgencies: Mapping[Any, Urgency]) -> str:
    codes = defaultdict(list)
    for code, urgency in urgencies.items():
        if urgency is not Urgency.ROUTINE:
            codes[urgency].append(f"'{code}'")
    whens = (
        f"WHEN {name} IN ({', '.join(sorted(found))}) THEN {urgency:d}" for urgency, found in sorted(codes.items())
    )
    return f"CASE {' '.join(whens)} ELSE {Urgency.ROUTINE:d} END"


if __name__ == "__main__":
    sys.stdout.write(urgency_function())
