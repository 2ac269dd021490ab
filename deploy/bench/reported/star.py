"""A star of rows that were made, written by outcomes' own rules in a process of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path

from deploy.bench.child import run
from deploy.bench.reported.rows import NEWEST, write_rows

_MEMORY_MB = 1_024
_STAR = "services.outcomes.handlers.star_of_files"
# A million cases take minutes: this is an hour and more.
_LONGEST_S = 7_200.0


def make_star(cases: int, folder: Path, report: Callable[[str], None], memory_mb: int = _MEMORY_MB) -> Path:
    """Makes the rows of so many cases, and has outcomes write its star of them. Returns where its tables are."""
    report(f"making what {cases:,} cases reported")
    rows = folder / "rows"
    write_rows(cases, rows)
    report(f"writing the star of {cases:,} cases")
    asked = {"rows": str(rows), "folder": str(folder / "star"), "newest": NEWEST.isoformat()}
    made = run(_STAR, asked | {"memory_mb": memory_mb, "threads": 1}, _LONGEST_S)
    shutil.rmtree(rows)
    return Path(made["root"]) / "star"
