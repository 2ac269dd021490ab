"""`docs/star.md`: every table of the star with what each of its columns means, and every rule that fills them; and
`docs/star.sql`, the same rules as DuckDB takes them. Whoever had to do without Ibis would go on from there.
"""

import argparse
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

import ibis

from services.outcomes.domain.star import cases, measures, people, referrals, reported, screenings, sessions, training
from services.outcomes.domain.star.reported import CASES, DIRECTORY, RECORDED_ON, TRAINING, Reported
from services.outcomes.domain.star.rules import of_cases, of_everything_else
from services.outcomes.domain.star.tables import PARTITIONED, STAR, Table

DOCS = Path(__file__).resolve().parents[2] / "docs"
_RULES: tuple[ModuleType, ...] = (screenings, sessions, referrals, measures, people, cases, training)
_INTRODUCTION = """# The star

What everything measured is counted from: made by `make contracts` from `services/outcomes/domain/star`.

Outcomes writes it as Parquet beside PostgreSQL, once a day and by `parley outcomes rebuild`. In the service's folder
(`PARLEY_STAR_FOLDER`) the link `current` names the version that is whole; whoever follows it once reads that version
whole. Tables that are kept by month have a file for each month of a case's first screening
(`star/<table>/month=2025-04/part-0.parquet`), the others one file (`star/<table>/part-0.parquet`). `star.json` lists
every file with its rows and SHA-256. The same events give the same bytes.

`reported/` has what the events reported, with the day (`recorded_on`) on which each did. As known on a day is the star
that the same rules make of the rows that were recorded by then (`services/outcomes/repository/star_reading.py`); what
the directory says has no day, and is the newest.

Ids are text, days are dates, counts are whole numbers. Nobody's name, contact or words are here. It is as personal as
the tables that it is made from: a row is one family's, under no pseudonym. What is published from it is counted first.
"""


def page() -> str:
    """The text."""
    parts = [_INTRODUCTION, "## Tables\n"]
    parts += [_star_table(name, table) for name, table in STAR.items()]
    parts.append("## Rules\n")
    for module in _RULES:
        parts += list(_rules(module))
    parts.append(f"## What was reported\n\n{_first(inspect.getdoc(reported) or '')}\n")
    for kept, tables in (("by month", CASES), ("whole", TRAINING), ("whole, without a day", DIRECTORY)):
        parts += [_reported_table(name, table, kept) for name, table in tables.items()]
    return "\n".join(parts)


def sql() -> str:
    """Every step as SQL, in the order in which they run."""
    steps = {**of_cases(), **of_everything_else()}
    texts = (f'CREATE TABLE "{name}" AS\n{ibis.to_sql(each, dialect="duckdb")};\n' for name, each in steps.items())
    return "\n".join(("-- The rules of the star, step by step: made by `make contracts` (docs/star.md).\n", *texts))


def documents() -> dict[Path, str]:
    """Every generated file with its text."""
    return {DOCS / "star.md": page(), DOCS / "star.sql": sql()}


def _star_table(name: str, table: Table) -> str:
    kept = "by month" if name in PARTITIONED else "whole"
    lines = [
        f"### `{name}`\n",
        f"One row for {table.row}. Kept {kept}.\n",
        "| column | holds | meaning |",
        "|---|---|---|",
    ]
    for column, each in table.columns.items():
        key = " (key)" if column in table.key else ""
        empty = ", may be empty" if each.optional else ""
        lines.append(f"| `{column}`{key} | {each.kind.value}{empty} | {each.means} |")
    return "\n".join(lines) + "\n"


def _reported_table(name: str, table: Reported, kept: str) -> str:
    columns = (
        f"`{column}`{'?' if column in table.optional else ''}" for column in table.columns if column != RECORDED_ON
    )
    key = ", ".join(f"`{column}`" for column in table.key)
    return f"- **`{name}`** ({kept}; key {key}): {', '.join(columns)}"


def _rules(module: ModuleType) -> list[str]:
    found = [f"### {_first(inspect.getdoc(module) or '').rstrip('.')}\n"]
    for name, function in inspect.getmembers(module, inspect.isfunction):
        text = inspect.getdoc(function)
        if function.__module__ == module.__name__ and text:
            title = name.strip("_").replace("_", " ")
            found.append(f"- *{title}*: {re.sub(chr(10) + '+', ' ', text)}")
    return [*found, ""]


def _first(text: str) -> str:
    return re.sub("\n", " ", text.split("\n\n")[0])


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write docs/star.md and docs/star.sql.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where it differs")
    check = parser.parse_args().check
    made = documents()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{'differs' if check else 'written'}: {path.name}")
        if not check:
            path.write_text(made[path], encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
