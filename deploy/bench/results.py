"""Every round that was measured, on disk: a run adds the lines that it measures to those of runs before it."""

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
    """When, where and how it was measured: `began` tells runs apart, `left_out` has each absent peer's remedy."""

    began: datetime
    machine: str
    load: str
    rounds: int
    left_out: dict[str, str]
    minutes: float = 0.0


@dataclass(frozen=True)
class Part:
    """What one run found on one of the lines that `--only` names; every comparison has its peer in that run."""

    line: str
    run: Run
    comparisons: list[Comparison]


_PARTS = TypeAdapter(list[Part])


def with_kept(parts: Sequence[Part], order: Sequence[str], folder: Path) -> list[Part]:
    """The parts, and those lines of the folder that they do not measure again, in the order of the lines.

    Raises ParleyError where the folder's file is not one of ours.
    """
    file = folder / ROUNDS
    try:
        kept = _PARTS.validate_json(file.read_bytes()) if file.exists() else []
    except ValidationError as error:
        raise ParleyError(
            f"{file} is not what a benchmark wrote. Move it away, or give another folder with --output."
        ) from error
    of_line = {part.line: part for part in (*kept, *parts)}
    return [of_line[line] for line in order if line in of_line]


def keep(parts: Sequence[Part], folder: Path) -> None:
    """Writes all of them, for the next run."""
    (folder / ROUNDS).write_bytes(_PARTS.dump_json(list(parts), indent=1) + b"\n")
