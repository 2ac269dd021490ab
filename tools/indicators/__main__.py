"""Writes docs/indicators.md and the SQL of every indicator, or with `--check` says what differs.

The SQL is the way out of Ibis: `tests/unit/outcomes/golden/duckdb`, and with `--dialect pyspark`, where PySpark is
installed,
`golden/pyspark`.
"""

import argparse
import sys
from datetime import date
from pathlib import Path

import ibis

from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.guide import guide
from services.outcomes.domain.indicators.registry import INDICATORS

_ROOT = Path(__file__).resolve().parents[2]
GOLDEN = _ROOT / "tests" / "unit" / "outcomes" / "golden"
DIALECTS = ("duckdb", "pyspark")
_TODAY = date(2026, 8, 31)


def golden(dialect: str) -> dict[Path, str]:
    """The SQL of every indicator by its area, or by the first dimension that it has."""
    found = {}
    # A backend brings options that its compiler asks for: until it is loaded, a literal is an AttributeError.
    getattr(ibis, dialect)
    for name, indicator in INDICATORS.items():
        cut = ["area"] if "area" in indicator.dimensions else indicator.dimensions[:1]
        sql = str(ibis.to_sql(by(indicator, cut, _TODAY), dialect=dialect))
        found[GOLDEN / dialect / f"{name}.sql"] = f"-- {indicator.question}\n{sql}\n"
    return found


def made(dialect: str) -> dict[Path, str]:
    """Every file that is made from the indicators, with its text."""
    return {_ROOT / "docs" / "indicators.md": guide()} | golden(dialect)


def stale(dialect: str) -> list[Path]:
    """Files that are not what would be made, and SQL of indicators that there are no more."""
    files = made(dialect)
    wrong = [path for path, text in files.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    return wrong + [path for path in (GOLDEN / dialect).glob("*.sql") if path not in files]


def main() -> None:
    """Writes or checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialect", choices=DIALECTS, default="duckdb")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where something differs")
    given = parser.parse_args()
    wrong = stale(given.dialect)
    if given.check:
        sys.exit("\n".join(map(str, wrong)) if wrong else 0)
    files = made(given.dialect)
    for path in wrong:
        if path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    main()
