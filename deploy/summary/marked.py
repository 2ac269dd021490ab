"""The summary as it is printed: a count that is held back is not a number there, and so is whatever is made of it."""

import copy
from typing import Any

Document = dict[str, Any]
_NOT_SHOWN = float("nan")


def marked(summary: Document) -> Document:
    """A copy with NaN for each count that is held back (None) of the funnel and of the areas, and for its shares.

    A share of nobody stays None.
    """
    found = copy.deepcopy(summary)
    for step in found["funnel"]:
        for whose in ("parents", "fathers"):
            _mark(step[whose], {"people": ("share", "share_of_referred")})
    for row in found["areas"]:
        _mark(row, {"referred": (), "started": ("started_share",), "completed": ()})
    return found


def _mark(row: Document, counts: dict[str, tuple[str, ...]]) -> None:
    for name, shares in counts.items():
        if row[name] is None:
            row |= dict.fromkeys((name, *shares), _NOT_SHOWN)
