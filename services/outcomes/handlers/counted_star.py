"""Counts a star as the report's code does and says how long it took: what `parley bench` holds against plain SQL.

`python -m services.outcomes.handlers.counted_star` reads what is asked for as JSON from the standard input:
`indicators` by area, or the `report`, which is counted, protected and written. With `numbers` it gives what it counted.
"""

import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.tables import AREA, name_of
from services.outcomes.handlers import report_process
from services.outcomes.repository import report as reports
from services.outcomes.repository.star_on_duckdb import star_on_duckdb

_SMALLEST = 5


class _Stages:
    """Seconds and processor seconds of one stage after the other."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, float]] = {}
        self._last = time.perf_counter(), time.process_time()

    def end(self, name: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.found[name] = {"seconds": now[0] - self._last[0], "processor_s": now[1] - self._last[1]}
        self._last = now


def indicators(star: Path, today: date) -> tuple[_Stages, dict[str, list[dict[str, Any]]]]:
    """Every indicator by area."""
    stages = _Stages()
    connection = star_on_duckdb(star)
    found = {name: connection.to_pyarrow(by(each, (AREA,), today)).to_pylist() for name, each in INDICATORS.items()}
    stages.end("counting")
    return stages, found


def report(star: Path, today: date, root: Path) -> _Stages:
    """The report of the quarter that is published in `root`, where nothing was published before."""
    stages = _Stages()
    places, sections = report_process.count(star, today)
    stages.end("counting")
    smallest = dict.fromkeys(places.areas, _SMALLEST)
    report_process.publish_counted(places, sections, "", today, today, smallest, root)
    stages.end("protecting and writing")
    return stages


def counts_of_report(star: Path, today: date) -> list[dict[str, Any]]:
    """What the report is made from: each section, what it is broken down by, and its rows."""
    connection = star_on_duckdb(star)
    found = reports.counts(connection, reports.places(connection), today)
    return [
        {
            "name": name_of(section),
            "indicator": section.indicator,
            "by": section.by,
            "rows": {
                next((each for each in cut if each in (AREA, "region")), "all"): rows for cut, rows in each.items()
            },
        }
        for section, each in found.items()
    ]


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def main() -> None:
    """Does what is asked for on the standard input."""
    asked = orjson.loads(sys.stdin.buffer.read())
    star, today = Path(asked["star"]), date.fromisoformat(asked["today"])
    numbers: Any = None
    if asked["what"] == "report":
        if asked["numbers"]:
            stages, numbers = _Stages(), counts_of_report(star, today)
        else:
            stages = report(star, today, Path(asked["root"]))
    else:
        stages, numbers = indicators(star, today)
    answer = {"stages": stages.found, "peak_mb": _peak_mb(), "numbers": numbers if asked["numbers"] else None}
    sys.stdout.buffer.write(orjson.dumps(answer, default=str))


if __name__ == "__main__":
    main()
