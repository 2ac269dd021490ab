"""`python -m tests.faults`: a campaign, its counts, and its report."""

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from tests.faults import memory, report
from tests.faults.campaign import Order, run
from tests.faults.limited import enter_own_mounts
from tests.faults.planted_bugs import PLANTED, catch
from tests.faults.submissions import FrontDoors


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 where nothing was lost, doubled or reordered, every planted bug was caught, and memory is bounded."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=225, help="how many to inject")
    parser.add_argument("--events", type=int, default=100_000, help="over how many events")
    parser.add_argument("--short", action="store_true", help="only faults that pass within seconds")
    parser.add_argument("--nodes", type=int, choices=(1, 3), default=3, help="of Kafka")
    parser.add_argument(
        "--planted", nargs="*", choices=PLANTED, default=None, help="bugs to plant afterwards; all by default"
    )
    parser.add_argument("--planted-alone", action="store_true", help="only that, and what is caught goes into --report")
    parser.add_argument("--kinds", nargs="*", default=[], help="only kinds whose names hold one of these")
    parser.add_argument("--minutes", type=float, default=120, help="inject nothing new after so long")
    parser.add_argument("--report", type=Path, help="a folder: faults.json and faults.md are written there")
    given = parser.parse_args(arguments)
    began = time.monotonic()

    def progress(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", file=sys.stderr, flush=True)

    planted = list(PLANTED) if given.planted is None else given.planted
    if given.planted_alone:
        if not given.report or not (given.report / "faults.json").exists():
            parser.error("--planted-alone adds to a report: name the folder of one with --report")
        found = report.read(given.report)
        for name in planted:
            found["caught_planted_bugs"][name] = catch(name, given.seed, progress)
            report.write(given.report, found)
        return 0 if all(found["caught_planted_bugs"].values()) else 1
    no_full_disks = enter_own_mounts()
    if no_full_disks:
        progress(f"no full disks: {no_full_disks}")
    order = Order(
        given.seed,
        given.faults,
        given.events,
        given.short,
        given.nodes,
        limited=no_full_disks is None,
        seconds=given.minutes * 60,
        choose=lambda found: [kind for kind in found if not given.kinds or any(k in kind.name for k in given.kinds)],
    )
    outcome = run(order, progress)
    found = report.as_json(outcome, no_full_disks)
    growths = memory.whole_stack(progress, FrontDoors(given.seed).of)
    found["memory"] = {name: {**asdict(each), "bounded": each.is_bounded} for name, each in growths.items()}
    for name in planted:
        # What the long run found is on disk before anything else can go wrong.
        if given.report:
            report.write(given.report, found)
        found["caught_planted_bugs"][name] = catch(name, given.seed, progress)
    print(json.dumps(found, indent=1))
    if given.report:
        report.write(given.report, found)
    caught = found["caught_planted_bugs"].values()
    bounded = all(each.is_bounded for each in growths.values())
    return 0 if outcome.verdict.clean and not outcome.unsettled and all(caught) and bounded else 1


if __name__ == "__main__":
    sys.exit(main())
