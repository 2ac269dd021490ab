"""Stored results: every measured round on disk. A run replaces the lines that it measures and keeps the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from deploy.bench.rounds import Comparison
from deploy.stack.errors import ParleyError

ROUNDS = "benchmarks-rounds.json"


@dataclass(frozen=True)
class Run:
    """When, where and how a run was measured. `began` identifies it; `left_out` has the remedy for each absent peer.

    `against`: the earlier build, where it was measured beside one.
    """

    began: datetime
    machine: str
    load: str
    rounds: int
    left_out: dict[str, str]
    minutes: float = 0.0
    against: str = ""


@dataclass(frozen=True)
class Part:
    """The comparisons of one run on one line of `--only`; each has its peer in the same run."""

    line: str
    run: Run
    comparisons: list[Comparison]


_PARTS = TypeAdapter(list[Part])


def merged(parts: Sequence[Part], order: Sequence[str], folder: Path) -> list[Part]:
    """The new parts together with the stored parts of the other lines, in the order of the lines.

    Raises ParleyError if the folder's file is not in our format.
    """
    file = folder / ROUNDS
    try:
        stored = _PARTS.validate_json(file.read_bytes()) if file.exists() else []
    except ValidationError as error:
        raise ParleyError(
            f"{file} is not what a benchmark wrote. Move it away, or give another folder with --output."
        ) from error
    of_line = {part.line: part for part in (*stored, *parts)}
    return [of_line[line] for line in order if line in of_line]


def keep(parts: Sequence[Part], folder: Path) -> None:
    """Stores all parts for the next run."""
    (folder / ROUNDS).write_bytes(_PARTS.dump_json(list(parts), indent=1) + b"\n")
