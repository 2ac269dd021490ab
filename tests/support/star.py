"""The star's rules on rows made by hand or from events, in DuckDB alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import uuid4

import duckdb

from services.outcomes.domain.readings import COLUMNS, READINGS
from services.outcomes.domain.star.norms import norms_of
from services.outcomes.domain.star.reported import EVERY, RECORDED_ON, REPORTED, as_known_on
from services.outcomes.domain.star.rules import OF_STAR
from services.outcomes.domain.star.tables import STAR
from services.outcomes.repository.star_engine import as_sql, statements
from shared.contracts.base import CaseEvent
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack
from tests.support.case_stories import AREA, Story

Rows = dict[str, list[dict[str, Any]]]
_TYPES = {"string": "VARCHAR", "date": "DATE", "int64": "BIGINT", "float64": "DOUBLE", "boolean": "BOOLEAN"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def random_story(chance: Random, area: str = AREA) -> Story:
    """A case whose events come in an order that chance chose, however little sense that makes."""
    story = Story(roles=chance.choice([("mother", "father"), ("mother",), ("father", "step-parent")]), area=area)
    story.children = [uuid4() for _ in range(chance.randint(0, 3))]
    first = story.measured_before(story.parents[0], chance.randint(0, 27), "phq-9") if chance.random() < 0.5 else ()
    story.screened(revision=chance.randint(0, 2), measures=first)
    came, reasons = ("yes", "late", "no"), ("completed", "withdrawn", "ended-early")
    occasions = ("baseline", "closure", "follow-up-6-months", "follow-up-12-months")
    instruments = ("phq-9", "relationship-quality")

    def takes_a_session_back() -> None:
        story.session(chance.randint(1, 3), ())
        story.events[-1] = story.events[-1].model_copy(update={"taken_back": True})

    def takes_a_screening_back() -> None:
        gone = {event.submission_id for event in story.events if isinstance(event, ScreeningTakenBack)}
        known = [event.submission_id for event in story.events if isinstance(event, ScreeningCompleted)]
        if left := [each for each in known if each not in gone]:
            story.taken_back(chance.choice(left), chance.choice([*known, None]), chance.randint(0, 5))

    of_referrals = (
        lambda: story.session(chance.randint(1, 3), chance.choices(came, k=len(story.parents) + len(story.children))),
        lambda: story.closed(chance.choice(reasons), chance.choice(["better", "same", "worse"])),
        lambda: story.measured(
            chance.choice(occasions),
            chance.randrange(len(story.parents)),
            chance.randint(0, 27),
            chance.choice(instruments),
        ),
        lambda: story.asked(chance.choice(occasions[2:]), chance.randrange(len(story.parents))),
        lambda: story.declined(chance.choice(["no-capacity", "not-suitable"])),
        *(takes_a_session_back, story.accepted, story.assessed, story.reopened),
    )
    always = (
        lambda: story.screened(
            chance.choice(["refer", "not-ready"]), corrects=chance.random() < 0.5, revision=chance.randint(0, 4)
        ),
        lambda: story.again(uuid4(), chance.choice([6, 12]), same_reason=chance.random() < 0.5),
        *(takes_a_screening_back, story.halted, story.agreed, story.agreed),
    )
    for _ in range(chance.randint(0, 16)):
        story.pass_days(chance.choice([0, 0, 0.4, 1, 9, 40]))
        chance.choice(of_referrals + always if story.referral else always)()
    return story


def star_of(
    *stories: Story, known_on: date | None = None, more: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> Rows:
    """The star of these cases; `more` are reported rows beside theirs."""
    return star_from(reported_of([event for story in stories for event in story.events]), known_on, more or {})


def star_from(
    reported: Rows, known_on: date | None = None, more: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> Rows:
    """The star of reported rows. Columns that a row does not name are empty."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    before = EVERY if known_on else ""
    for name, table in REPORTED.items():
        columns = ", ".join(f'"{column}" {_TYPES[kind]}' for column, kind in table.columns.items())
        connection.execute(f'CREATE TABLE "{before}{name}" ({columns})')
        rows = [*reported.get(name, ()), *(more or {}).get(name, ())]
        if name == "norm":
            rows = [
                dict(zip(table.columns, norm, strict=True))
                for norm in norms_of((row["instrument"], row["version"]) for row in reported.get("measure", ()))
            ]
        if rows:
            places = ", ".join(f"({', '.join('?' for _ in table.columns)})" for _ in rows)
            values = [_plain(row.get(column)) for row in rows for column in table.columns]
            connection.execute(f'INSERT INTO "{before}{name}" VALUES {places}', values)  # noqa: S608
    for part in (as_sql(as_known_on(known_on)) if known_on else (), *statements()):
        for name, text in part:
            connection.execute(f'CREATE TABLE "{name}" AS {text}')
    return {name: _read(connection, name) for name in STAR}


def _read(connection: Any, name: str) -> list[dict[str, Any]]:
    found = connection.execute(f'SELECT * FROM "{OF_STAR}{name}" ORDER BY ALL')  # noqa: S608
    columns = [column[0] for column in found.description]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def reported_of(events: Iterable[CaseEvent]) -> Rows:
    """The reported rows of events, each once, as PostgreSQL would export them."""
    stored: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
    for event in events:
        reading = READINGS[type(event)]
        for table, values in reading.rows(reading.json.validate_json(event.model_dump_json())).rows:
            row = dict(zip(COLUMNS[table], values, strict=True))
            key = tuple(str(row[column]) for column in REPORTED[table].key) if table in REPORTED else ()
            stored.setdefault(table, {}).setdefault(key, row)
    return reported_from({table: list(rows.values()) for table, rows in stored.items()})


def reported_from(stored: Rows) -> Rows:
    """Stored rows made flat: what the service's own export makes of them in SQL, said once more in Python."""
    screened = {(str(row["case_id"]), str(row["submission_id"])): row for row in stored.get("screening", ())}
    agreed = {row["referral_id"]: row for row in stored.get("referral", ())}
    held = {(row["case_id"], row["sequence"]): row for row in stored.get("session", ())}
    closed = {(row["case_id"], row["sequence"]): row for row in stored.get("case_step", ()) if row["step"] == "closed"}

    def decided_on(row: Mapping[str, Any], of: str = "submission_id") -> date | None:
        screening = screened.get((str(row["case_id"]), str(row[of])))
        return screening["decided_at"].date() if screening else None

    made: Rows = {}

    def add(table: str, row: Mapping[str, Any], recorded_on: date | None, **more: Any) -> None:
        made.setdefault(table, []).append({**row, **more, RECORDED_ON: recorded_on})

    for row in stored.get("screening", ()):
        day = row["decided_at"].date()
        times = {name: _micros(row[name]) for name in ("submitted_at", "decided_at")}
        add("screening", row, day, submitted_on=row["submitted_at"].date(), **times)
        for reason in row["reasons"]:
            add("screening_reason", row, day, reason=reason)
    for table in ("screened_parent", "screened_child"):
        for row in stored.get(table, ()):
            add(table, row, decided_on(row))
    for row in stored.get("screening_taken_back", ()):
        add("screening_taken_back", row, row[RECORDED_ON])
    for row in stored.get("referral", ()):
        day = row["agreed_at"].date()
        add("referral", row, day, agreed_on=day, agreed_at=_micros(row["agreed_at"]))
    for row in stored.get("referred_parent", ()):
        add("referred_parent", row, agreed[row["referral_id"]]["agreed_at"].date())
    for row in stored.get("case_step", ()):
        day = row["occurred_at"].date()
        add("case_step", row, day, occurred_on=day, person_id=next(iter(row["people"]), None))
    for row in stored.get("session", ()):
        add("session", row, row[RECORDED_ON])
    for row in stored.get("attendance", ()):
        add("attendance", row, held[row["case_id"], row["sequence"]][RECORDED_ON])
    for row in stored.get("measure", ()):
        day = row["taken_at"].date()
        recorded_on = decided_on(row, "told_by") or day if row["sequence"] == 0 else day
        add("measure", row, recorded_on, taken_on=day, taken_at=_micros(row["taken_at"]))
    for row in stored.get("view_given", ()):
        add("view_given", row, closed[row["case_id"], row["sequence"]]["occurred_at"].date())
    for row in stored.get("referred_again", ()):
        day = row["occurred_at"].date()
        add("referred_again", row, day, occurred_on=day)
    return made


def _micros(time: datetime) -> int:
    passed = time - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool | date) else str(value)
