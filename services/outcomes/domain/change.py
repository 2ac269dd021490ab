"""Who changed by more than an instrument's own error, of those who have both a baseline and a later score."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.outcomes.domain.funnel import share
from shared.contracts.instruments import Change, change_of, instrument, reliable_change

Row = Mapping[str, Any]
_KEY = ("instrument", "version", "occasion")


def with_reliable_change(measures: Sequence[Row], changes: Sequence[Row]) -> list[dict[str, Any]]:
    """Each row of the measures with how many are reliably better, the same and worse, and their shares.

    `recovered` are those of the better who also crossed the instrument's cut-off, and `improved` the others of them:
    the four kinds of clinically significant change of Jacobson and Truax. All of it is None for a baseline, and for an
    instrument of which no reliable change was published; `recovered` and `improved` also where no cut-off was.
    """
    return [{**row, **_verdicts(row, changes)} for row in measures]


def _verdicts(row: Row, changes: Sequence[Row]) -> dict[str, Any]:
    code, version = row["instrument"], row["version"]
    known, entry = reliable_change(code, version), instrument(code, version)
    counted: dict[Change, int] | None = None
    if known and row["occasion"] != "baseline":
        counted = dict.fromkeys(Change, 0)
        for each in changes:
            if all(each[name] == row[name] for name in _KEY):
                verdict = change_of(code, each["before"], each["before"] + each["change"], version)
                if verdict is not None:
                    counted[verdict] += each["people"]
    people = row["with_baseline"]
    better = worse = unchanged = recovered = improved = None
    if counted is not None:
        worse, unchanged = counted[Change.DETERIORATED], counted[Change.UNCHANGED]
        better = counted[Change.RECOVERED] + counted[Change.IMPROVED]
        if entry and entry.cut_off_of(version):
            recovered, improved = counted[Change.RECOVERED], counted[Change.IMPROVED]
    return {
        "reliable_points": known.points if known else None,
        "reliably_better": better,
        "reliably_worse": worse,
        "reliably_better_share": _share(better, people),
        "reliably_worse_share": _share(worse, people),
        "unchanged": unchanged,
        "recovered": recovered,
        "improved": improved,
        "recovered_share": _share(recovered, people),
    }


def _share(count: int | None, people: int) -> float | None:
    return None if count is None else share(count, people)
