"""The rows that the events reported, as the star's rules read them: flat, by month, each with the day of its event.

A moment becomes a day and microseconds since 1970. Where a row of before has no day of its own, it counts as known
since the day of its case's first screening, and a training's since it was completed.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from services.outcomes.domain.star.reported import CASES, DIRECTORY, RECORDED_ON, REPORTED, TRAINING
from shared.contracts.population import CHARACTERISTICS
from shared.postgres.connection import Connection

# A month of a nation takes longer than any other command may.
_LONGEST_S = 1_800.0
_SINCE = "(SELECT min(decided_at)::date FROM screening AS first WHERE first.case_id = x.case_id)"
_OF_SCREENING = """
    (SELECT decided_at::date FROM screening s WHERE s.case_id = x.case_id AND s.submission_id = x.{0})"""


def _micros(column: str) -> str:
    return f"(extract(epoch FROM x.{column}) * 1000000)::bigint"


def _day(column: str) -> str:
    return f"x.{column}::date"


_FROM: Mapping[str, str] = {
    "screening_reason": "screening x CROSS JOIN LATERAL (SELECT DISTINCT unnest(x.reasons) AS reason) AS of_it",
    "referred_parent": "referred_parent x JOIN referral r USING (case_id, referral_id)",
    "attendance": "attendance x JOIN session s USING (case_id, sequence)",
    "view_given": "view_given x LEFT JOIN case_step s ON s.case_id = x.case_id AND s.sequence = x.sequence "
    "AND s.step = 'closed'",
    "training_said_area": "training_said x CROSS JOIN LATERAL (SELECT DISTINCT unnest(x.areas) AS area) AS of_it",
    "training_said_module": "training_said x CROSS JOIN LATERAL (SELECT DISTINCT unnest(x.modules) AS module) AS of_it",
    "region_area": "region x CROSS JOIN LATERAL (SELECT DISTINCT unnest(x.areas) AS area) AS of_it",
    "population": f"""area_figures x
        CROSS JOIN unnest(ARRAY{list(CHARACTERISTICS)}) AS of (characteristic)
        CROSS JOIN LATERAL jsonb_each_text(coalesce(x.population -> of.characteristic, '{{}}'))
        AS of_it (code, people)""",
    "avoidable_cost": """area_figures x
        CROSS JOIN LATERAL jsonb_to_recordset(x.avoidable_costs)
        AS of_it (outcome text, pence bigint, source text, as_of date, pence_low bigint, pence_high bigint,
            avoided jsonb)""",
}
"""Where a table's rows come from, if not from the table of its name."""

_VALUES: Mapping[str, Mapping[str, str]] = {
    "screening": {
        "submitted_on": _day("submitted_at"),
        "submitted_at": _micros("submitted_at"),
        "decided_at": _micros("decided_at"),
        RECORDED_ON: _day("decided_at"),
    },
    "screening_reason": {"reason": "of_it.reason", RECORDED_ON: _day("decided_at")},
    "screened_parent": {RECORDED_ON: _OF_SCREENING.format("submission_id")},
    "screened_child": {RECORDED_ON: _OF_SCREENING.format("submission_id")},
    "screening_taken_back": {RECORDED_ON: f"coalesce(x.recorded_on, {_SINCE})"},
    "referral": {
        "agreed_at": _micros("agreed_at"),
        "agreed_on": _day("agreed_at"),
        RECORDED_ON: _day("agreed_at"),
    },
    "referred_parent": {RECORDED_ON: "r.agreed_at::date"},
    "case_step": {
        "occurred_on": _day("occurred_at"),
        "person_id": "x.people[1]",
        RECORDED_ON: _day("occurred_at"),
    },
    "session": {RECORDED_ON: f"coalesce(x.recorded_on, {_SINCE})"},
    "attendance": {RECORDED_ON: f"coalesce(s.recorded_on, {_SINCE})"},
    "measure": {
        "taken_on": _day("taken_at"),
        "taken_at": _micros("taken_at"),
        RECORDED_ON: f"CASE WHEN x.sequence = 0 THEN coalesce({_OF_SCREENING.format('told_by')}, x.taken_at::date) "
        "ELSE x.taken_at::date END",
    },
    "view_given": {RECORDED_ON: f"coalesce(s.occurred_at::date, {_SINCE})"},
    "referred_again": {"occurred_on": _day("occurred_at"), RECORDED_ON: _day("occurred_at")},
    **{
        name: {RECORDED_ON: "coalesce(x.recorded_on, x.completed_on, '1970-01-01')"}
        for name in ("training_said", "training_said_area", "training_said_module")
    },
    **{
        name: {
            RECORDED_ON: "coalesce(x.recorded_on, (SELECT max(t.completed_on) FROM training_said t "
            "WHERE t.training_id = x.training_id), '1970-01-01')"
        }
        for name in ("confidence_said", "training_use_said")
    },
    "population": {"characteristic": "of.characteristic", "code": "of_it.code", "people": "of_it.people"},
    "avoidable_cost": {
        **{name: f"of_it.{name}" for name in ("outcome", "pence", "source", "as_of", "pence_low", "pence_high")},
        **{f"avoided_{name}": f"of_it.avoided ->> '{name}'" for name in ("per", "source")},
        **{f"avoided_{end}": f"(of_it.avoided ->> '{end}')::double precision" for end in ("low", "central", "high")},
    },
    "region_area": {"area": "of_it.area"},
}
"""What a column holds, if not the column of its name."""
_UNNESTED = {"training_said_area": "area", "training_said_module": "module"}


def _select(name: str, month: bool) -> str:
    values = dict(_VALUES.get(name, {}))
    if name in _UNNESTED:
        values[_UNNESTED[name]] = f"of_it.{_UNNESTED[name]}"
    columns = REPORTED[name].columns
    chosen = ", ".join(f"{values.get(column, f'x.{column}')} AS {column}" for column in columns)
    source = _FROM.get(name, f"{name} x")
    if month:
        source += " JOIN star_case AS of_month ON of_month.case_id = x.case_id WHERE of_month.month = $1"
    return f"SELECT {chosen} FROM {source}"  # noqa: S608


OF_MONTH: Mapping[str, str] = {name: _select(name, month=True) for name in CASES}
WHOLE: Mapping[str, str] = {name: _select(name, month=False) for name in (*TRAINING, *DIRECTORY)}


async def export_month(connection: Connection, month: date, folder: Path) -> dict[str, int]:
    """Writes the reported rows of the cases of a month, a file of CSV for each table. Returns how many of each."""
    return {name: await _export(connection, query, folder / f"{name}.csv", month) for name, query in OF_MONTH.items()}


async def export_rest(connection: Connection, folder: Path) -> dict[str, int]:
    """Writes what is not of a month: trainings, and the directory."""
    return {name: await _export(connection, query, folder / f"{name}.csv") for name, query in WHOLE.items()}


async def _export(connection: Connection, query: str, file: Path, *args: object) -> int:
    done: str = await connection.copy_from_query(query, *args, output=file, format="csv", timeout=_LONGEST_S)
    return int(done.removeprefix("COPY "))
