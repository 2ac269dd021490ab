"""What tau-Argus would suppress of a table, found in a process of its own with a limit of time.

It chooses well, and is not trusted: whatever it answers is held to the promise of `domain/disclosure/suppression.py`.
It publishes empty cells whatever the rule, is not made for threads, and is native code; where it fails, takes too
long or cannot take the table, the choice is nothing, and our own search does it all.
"""

import json
import subprocess
import sys
from collections.abc import Collection
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Node

_CHILD = Path(__file__).with_name("tau_argus_child.py")
_MOST_UNITS = 200_000
"""It reads one record for each unit."""
_MOST_DIMENSIONS = 3
_OPTIMAL_CELLS = 300
"""Up to how many cells the best choice is found in time; beyond, a good one is, part by part of the table."""


def tau_argus(table: CountedTable, smallest: int, *, seconds: float = 20) -> Collection[Node]:
    """The places that tau-Argus suppresses of a table of counts; none where it cannot be asked."""
    dimensions = table.outline.dimensions
    units = sum(table.numbers.values())
    if smallest <= 1 or table.outline.amount_of or not 0 < units <= _MOST_UNITS or not _fits(dimensions):
        return ()
    codes = [_codes(each) for each in dimensions]
    cells = sum(1 for _ in table.outline.nodes())
    asked = {
        "smallest": smallest,
        "method": "OPT(1)" if cells <= _OPTIMAL_CELLS else "MOD(1)",
        "dimensions": [
            {
                "name": f"d{place}",
                "categories": [code[category] for category in each.categories],
                "groups": [[code[g], *(code[member] for member in members)] for g, members in each.groups.items()],
            }
            for place, (each, code) in enumerate(zip(dimensions, codes, strict=True))
        ],
        "counts": [
            [*(code[at] for code, at in zip(codes, node, strict=True)), count]
            for node, count in table.numbers.items()
            if count
        ],
    }
    with TemporaryDirectory(prefix="parley-tau-argus-") as name:
        folder = Path(name)
        (folder / "table.json").write_text(json.dumps(asked))
        command = [sys.executable, "-I", str(_CHILD), name]
        try:
            subprocess.run(command, check=True, timeout=seconds, capture_output=True)
            answer = json.loads((folder / "suppressed.json").read_text())
        except (OSError, subprocess.SubprocessError, ValueError):
            return ()
    names = [{code: category for category, code in each.items()} for each in codes]
    known = [tuple(name.get(code, "") for name, code in zip(names, node, strict=True)) for node in answer]
    places = {*table.outline.nodes()}
    return [node for node in known if node in places]


def _fits(dimensions: Collection[Dimension]) -> bool:
    """It takes trees of few dimensions; areas that are in two regions are no tree."""
    return (
        0 < len(dimensions) <= _MOST_DIMENSIONS
        and all(each.adds_up for each in dimensions)
        and all(len({*members}) == len(members) for each in dimensions for members in [[*_members(each)]])
    )


def _members(dimension: Dimension) -> list[str]:
    return [*chain.from_iterable(dimension.groups.values())]


def _codes(dimension: Dimension) -> dict[str, str]:
    """Short codes of one length, since its files have columns of a fixed width."""
    found = {ALL: "all"}
    found |= {category: f"c{place:04d}" for place, category in enumerate(dimension.categories)}
    return found | {group: f"g{place:04d}" for place, group in enumerate(dimension.groups)}
