"""The peer of the indicators: plain SQL by hand, over the same files, in the same DuckDB as it is installed."""

import time
from datetime import date
from pathlib import Path
from typing import Any

from deploy.bench.by_hand.queries import opened, queries, rows_of
from deploy.bench.measured.program import Task, run_measured


async def count(task: Task) -> Task:
    """What is asked for, and how long it took."""
    return _counted(task)


def _counted(task: Task) -> Task:
    """Every indicator by area; or the report's sections by area, by region and of all, each as a file of CSV."""
    today, began, began_on = date.fromisoformat(task["today"]), time.perf_counter(), time.process_time()
    connection = opened(Path(task["star"]), today)
    numbers: Any = None
    if task["what"] == "indicators":
        numbers = {name: rows_of(connection, each.by("area"), today) for name, each in queries().items()}
    elif task["numbers"]:
        numbers = [{name: rows_of(connection, text, today) for name, text in _texts(each)} for each in task["sections"]]
    else:
        folder, known = Path(task["root"]), queries()
        folder.mkdir(parents=True)
        for section in task["sections"]:
            for place, text in _texts(section, known):
                file = folder / f"{section['name']}-{place}.csv"
                values = {"today": today} if "$today" in text else None
                connection.execute(f"COPY ({text}) TO '{file}' (HEADER)", values)
    stage = {"seconds": time.perf_counter() - began, "processor_s": time.process_time() - began_on}
    return {"stages": {"counting": stage}, "numbers": numbers if task["numbers"] else None}


def _texts(section: dict[str, Any], known: Any = None) -> list[tuple[str, str]]:
    query = (known or queries())[section["indicator"]]
    return [(place, query.by(place, *section["by"])) for place in ("area", "region", "all")]


if __name__ == "__main__":
    run_measured(count)
