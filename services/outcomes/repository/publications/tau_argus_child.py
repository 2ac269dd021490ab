"""Run by itself, with a folder: reads `table.json` there, has tau-Argus protect it, and writes `suppressed.json`.

It imports nothing of ours, so that it starts quickly, and whatever the native engine does ends with this process.
"""

import json
import os
import sys
from itertools import chain, repeat
from pathlib import Path
from typing import Any

_WITHHELD = ("U", "M")


def _hierarchy(groups: list[list[str]], categories: list[str]) -> str:
    inside = {*chain.from_iterable(members for _, *members in groups)}
    lines = [category for category in categories if category not in inside]
    for group, *members in groups:
        lines += [group, *(f"@{member}" for member in members)]
    return "".join(f"{line}\n" for line in lines)


def suppressed(folder: Path, table: dict[str, Any]) -> list[list[str]]:
    """The places of a table that tau-Argus does not show."""
    from pytauargus import protect

    dimensions = table["dimensions"]
    names = [each["name"] for each in dimensions]
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for *node, count in table["counts"]:
        for name, category in zip(names, node, strict=True):
            columns[name].extend(repeat(category, count))
    columns["one"] = [1] * len(columns[names[0]])
    trees = {}
    for each in dimensions:
        if each["groups"]:
            path = folder / f"{each['name']}.hrc"
            present = [one for one in each["categories"] if one in {*columns[each["name"]]}]
            groups = [[group, *(m for m in members if m in present)] for group, *members in each["groups"]]
            path.write_text(_hierarchy([group for group in groups if len(group) > 1], present))
            trees[each["name"]] = str(path)
    result = protect(
        columns,
        names,
        response="one",
        safety_rules=f"FREQ({table['smallest']},100)",
        suppress=table["method"],
        hrc=trees or None,
        hierleadstring="@",
        totcode="all",
        workdir=str(folder / "work"),
    )
    rows = result.tables[0].rows
    return [[row[name] for name in names] for row in rows if row["status"] in _WITHHELD]


def main() -> None:
    """Does it, with the engine's own output thrown away."""
    folder = Path(sys.argv[1])
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    table = json.loads((folder / "table.json").read_text())
    (folder / "suppressed.json").write_text(json.dumps(suppressed(folder, table)))


if __name__ == "__main__":
    main()
