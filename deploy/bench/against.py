"""The lines against an earlier build: this build's figures and that one's, in turns in one run."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deploy.bench.builds import HERE, HeldBuild, Revision, checked_out, held
from deploy.bench.plan import Plan
from deploy.bench.rounds import Comparison, Measured, Side, interleave, percentiles, rates

OURS = "this build"
LINES = ("idle", "latency", "pathway")


def measure_against(revision: Revision, plan: Plan, folder: Path, lines: Sequence[str] = LINES) -> list[Comparison]:
    """Every line of both builds. Each has its own Kafka and PostgreSQL, which idle while the other is measured."""
    theirs = f"revision {revision.commit}"
    with checked_out(revision) as tree:
        plan.report(f"Starting {OURS}")
        with held(OURS, HERE, folder / "ours") as ours:
            plan.report(f"Starting {theirs}")
            with held(theirs, tree, folder / "theirs") as peer:
                found = []
                for line in lines:
                    done = _interleaved(line, (ours, peer), plan)
                    found += _COMPARED[line](done[OURS], done[theirs], theirs, _note(revision))
                return found


def _interleaved(line: str, builds: Sequence[HeldBuild], plan: Plan) -> dict[str, list[Measured]]:
    sides = {build.name: partial(build.measure, line, plan.size) for build in builds}
    return interleave(plan.rounds_of_pathway, sides, plan.quiet, lambda text: plan.report(f"{line}: {text}"))


def _note(revision: Revision) -> str:
    asked = "" if revision.commit.startswith(revision.asked) else f", asked for as {revision.asked}"
    packages = "" if revision.same_packages else "; it locks other packages, and ran with this build's"
    return f"against revision {revision.commit}{asked}{packages}"


def cpu_seconds(name: str, rounds: Sequence[Measured], kind: str | None) -> Side:
    """CPU seconds a minute of one kind of process, or of all of them."""
    used = [sum(each["cpu_s"].values()) if kind is None else each["cpu_s"][kind] for each in rounds]
    minutes = [each["seconds"] / 60 for each in rounds]
    return Side(name, [s / of for s, of in zip(used, minutes, strict=True)], max(each["peak_mb"] for each in rounds))


def memory(name: str, rounds: Sequence[Measured]) -> Side:
    """Megabytes."""
    used = [each["peak_mb"] for each in rounds]
    return Side(name, used, max(used))


def compared_idle(ours: list[Measured], theirs: list[Measured], peer: str, note: str) -> list[Comparison]:
    """CPU seconds a minute with nothing to do: all processes, then each kind; and the services' memory."""

    kinds = [kind for kind in ours[0]["cpu_s"] if kind in theirs[0]["cpu_s"]]
    return [
        Comparison(
            f"idle: CPU of {kind or 'the whole stack'}",
            "s/min",
            cpu_seconds(OURS, ours, kind),
            cpu_seconds(peer, theirs, kind),
            less_is_better=True,
            note=note,
        )
        for kind in (None, *kinds)
    ] + [
        Comparison(
            "idle: memory of the services",
            "MB",
            memory(OURS, ours),
            memory(peer, theirs),
            less_is_better=True,
            note=f"{note}; pages that several processes share count by shares",
        )
    ]


def compared_latency(ours: list[Measured], theirs: list[Measured], peer: str, note: str) -> list[Comparison]:
    """Milliseconds of one family."""
    return [
        Comparison(
            f"idle latency, p{percent}, against an earlier build",
            "ms",
            percentiles(OURS, ours, percent),
            percentiles(peer, theirs, percent),
            less_is_better=True,
            note=note,
        )
        for percent in (50, 99)
    ]


def compared_pathway(ours: list[Measured], theirs: list[Measured], peer: str, note: str) -> list[Comparison]:
    """Families per second, and the CPU time of a case."""

    def cpu(name: str, rounds: list[Measured]) -> Side:
        used = [1_000 * sum(each["processor_s"].values()) / each["count"] for each in rounds]
        return Side(name, used, max(each["peak_mb"] for each in rounds))

    return [
        Comparison(
            "whole pathway, against an earlier build", "cases/s", rates(OURS, ours), rates(peer, theirs), note=note
        ),
        Comparison(
            "whole pathway: CPU of a case",
            "ms",
            cpu(OURS, ours),
            cpu(peer, theirs),
            less_is_better=True,
            note=f"{note}; of the services, PostgreSQL and Kafka together",
        ),
    ]


_COMPARED = {"idle": compared_idle, "latency": compared_latency, "pathway": compared_pathway}
