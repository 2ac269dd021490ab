"""The report: results as Markdown, JSON and a chart."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.bench.plan import LATENCY_ROUNDS, PATHWAY_ROUNDS
from deploy.bench.results import Part, keep
from deploy.bench.rounds import Comparison, shown

MARKDOWN, JSON, PICTURE = "benchmarks.md", "benchmarks.json", "benchmarks.svg"

_HOW = """\
Every line is measured with its peer in the same run, in turns, on the same Kafka and PostgreSQL, which are started for
the run and thrown away after it. Each side is a process of its own. `fsync` and `synchronous_commit` are on, every
producer is idempotent with `acks=all`, and both sides send or read the same records: {record}.
A figure is the median of the rounds, with the lowest and the highest round beside it; memory is the most that the
measured process had resident, and on the lines of idle latency and of the whole pathway that of all services together.
"""
_FLOOR = """\
The least that each part of the work costs, measured in the same turns: one process that reads the same events and does
ever more with them. It has no dead letters, no retries, no processed offsets and no relay, works every fact out once at
the end, and writes the same rows to the same tables in the same PostgreSQL.
"""
_FEWER = f"at most {LATENCY_ROUNDS} of idle latency and {PATHWAY_ROUNDS} of the whole pathway without a history"
_RECORD = "600 bytes of JSON under the eleven headers of a CloudEvent of ours"


def comparisons_of(parts: Sequence[Part]) -> list[Comparison]:
    """The comparisons of all parts, in order."""
    return [each for part in parts for each in part.comparisons]


def as_entries(comparisons: Sequence[Comparison]) -> list[dict[str, Any]]:
    """One JSON entry per line, including ratios."""
    return [
        {
            "name": each.name,
            "value": round(each.ours.median, 2),
            "unit": each.unit,
            "peer": each.peer.name if each.peer else None,
            "peer_value": round(each.peer.median, 2) if each.peer else None,
            "ratio": round(each.ratio, 3) if each.ratio is not None else None,
        }
        for each in comparisons
    ]


def as_markdown(parts: Sequence[Part]) -> str:
    """The report page: what was measured, when and on which machine, and a table."""
    comparisons = comparisons_of(parts)
    lines = [
        "# Benchmarks",
        "",
        "Made by `parley bench`; nothing here is written by hand.",
        "",
        _HOW.format(record=_RECORD),
        f"![Ours against each peer]({PICTURE})",
        "",
        *_runs(parts),
        "| line | Parley | rounds | memory | peer | peer's | rounds | memory | ratio | target |",
        "|---|---:|---|---:|---|---:|---|---:|---:|---|",
        *(_row(each) for each in comparisons if not each.is_floor),
        "",
        *(f"- {each.name}: {each.note}." for each in comparisons if each.note),
        "",
        *_floor([each for each in comparisons if each.is_floor]),
    ]
    return "\n".join(lines)


def _runs(parts: Sequence[Part]) -> list[str]:
    """Each run's lines, machine and load; the last part of a run has its final figures."""
    last = {part.run.began: part.run for part in parts}
    lines_of_runs = []
    for began, run in sorted(last.items()):
        lines = ", ".join(part.line for part in parts if part.run.began == began)
        lines_of_runs += [
            f"Measured on {began:%d %B %Y}: {lines}.",
            "",
            f"- Machine: {run.machine}.",
            f"- Load: {run.load}.",
            f"- Rounds: {run.rounds}; {_FEWER}.",
            f"- Time: {run.minutes:.0f} minutes.",
            *(
                [f"- Against: {run.against}, built from its own files and measured in the same turns."]
                if run.against
                else ()
            ),
            *(f"- Not measured: {peer}. To get it: {remedy}." for peer, remedy in run.left_out.items()),
            "",
        ]
    return lines_of_runs


def _floor(steps: Sequence[Comparison]) -> list[str]:
    """The section on the minimum cost of a rebuild, step by step."""
    if not steps or steps[0].peer is None:
        return []
    peer = steps[0].peer
    return [
        "## Where the time of a rebuild goes",
        "",
        _FLOOR,
        "| a bare consumer that has the events | events/s | rounds | µs an event | of the one that only reads |",
        "|---|---:|---|---:|---:|",
        f"| {peer.name} | {shown(peer.median)} | {peer.spread} | {shown(1e6 / peer.median)} | 1 |",
        *(
            f"| {each.name.partition(': ')[2]} | {shown(each.ours.median)} | {each.ours.spread} "
            f"| {shown(1e6 / each.ours.median)} | {each.ratio or 0:.2f} |"
            for each in steps
        ),
        "",
    ]


def _row(each: Comparison) -> str:
    ours = f"| {each.name} | {shown(each.ours.median)} {each.unit} | {each.ours.spread} | {each.ours.peak_mb:.0f} MB "
    if each.peer is None or each.ratio is None:
        return f"{ours}| none | | | | | |"
    peer = f"| {each.peer.name} | {shown(each.peer.median)} | {each.peer.spread} | {each.peer.peak_mb:.0f} MB "
    return f"{ours}{peer}| {each.ratio:.2f} | {_target(each)} |"


def _target(each: Comparison) -> str:
    if each.target is None:
        return ""
    sign = "≤" if each.less_is_better else "≥"
    return f"{sign} {each.target:g}, {'met' if each.met else '**not met**'}"


def write_report(parts: Sequence[Part], folder: Path) -> None:
    """Writes the page, the entries, the chart and all rounds into one folder."""
    from deploy.bench.picture import draw  # importing matplotlib takes a second

    folder.mkdir(parents=True, exist_ok=True)
    comparisons = comparisons_of(parts)
    (folder / MARKDOWN).write_text(as_markdown(parts), encoding="utf-8")
    (folder / JSON).write_text(
        json.dumps(as_entries(comparisons), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    draw(comparisons, folder / PICTURE)
    keep(parts, folder)
