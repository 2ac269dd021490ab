"""Who changed by more than an instrument's own error, of those who have both a baseline and a later score."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.outcomes.domain.funnel import share
from shared.contracts.instruments import RELIABLE_CHANGE

Row = Mapping[str, Any]
_KEY = ("instrument", "version", "occasion")


def with_reliable_change(measures: Sequence[Row], changes: Sequence[Row]) -> list[dict[str, Any]]:
    """Each row of the measures with how many are reliably better and worse, and their shares.

    All of it is None for a baseline, and for an instrument of which no reliable change was published.
    """
    found: list[dict[str, Any]] = []
    for row in measures:
        known = RELIABLE_CHANGE.get(row["instrument"])
        better = worse = None
        if known and row["occasion"] != "baseline":
            of_these = [each for each in changes if all(each[name] == row[name] for name in _KEY)]
            rose = sum(each["people"] for each in of_these if each["change"] >= known.points)
            fell = sum(each["people"] for each in of_these if each["change"] <= -known.points)
            better, worse = (fell, rose) if known.lower_is_better else (rose, fell)
        found.append(
            {
                **row,
                "reliable_points": known.points if known else None,
                "reliably_better": better,
                "reliably_worse": worse,
                "reliably_better_share": None if better is None else share(better, row["with_baseline"]),
                "reliably_worse_share": None if worse is None else share(worse, row["with_baseline"]),
            }
        )
    return found
