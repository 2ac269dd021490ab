"""What was published of instruments, as rows that the rules join: the registry answers in Python, engines compare."""

from collections.abc import Iterable

from shared.contracts.instruments import instrument

Norm = tuple[str, str, bool, float, float | None]
"""Instrument and version as they were reported, whether lower is better, the reliable change, and the cut-off."""


def norms_of(reported: Iterable[tuple[str, str]]) -> list[Norm]:
    """The norms of those instruments and versions that have any, however their codes are written."""
    found: list[Norm] = []
    for code, version in sorted(set(reported)):
        known = instrument(code, version)
        if known is None or known.change is None:
            continue
        cut_off = known.cut_off_of(version)
        change = known.change
        points = float(change.points)
        found.append((code, version, change.lower_is_better, points, float(cut_off.score) if cut_off else None))
    return found
