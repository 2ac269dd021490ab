"""`faults.json` and `faults.md`, both made from one outcome."""

import json
import os
import platform
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.faults.campaign import Outcome

_WORDS = {
    "ack_before_commit": "the batch is acknowledged before its transaction commits",
    "relay_after_last_id": "the relay reads `id >` the last one it sent",
    "skip_locked_relays": "two relays share the outbox by `SKIP LOCKED`, without the advisory lock",
}


def as_json(outcome: Outcome, no_full_disks: str | None) -> dict[str, Any]:
    """What `faults.json` holds before bugs are planted. `no_full_disks` says why none was injected."""
    verdict = outcome.verdict
    groups: dict[str, int] = {}
    for (group, _), times in outcome.replayed.items():
        groups[group] = max(times, groups.get(group, 0))
    return {
        "faults": outcome.faults,
        "by_kind": dict(sorted(outcome.by_kind.items())),
        "events": verdict.events,
        "lost": verdict.harms["lost"],
        "doubled": verdict.harms["doubled"],
        "reordered": verdict.harms["reordered"],
        "seed": outcome.seed,
        "kafka_nodes": outcome.nodes,
        "groups_that_read_all_again": dict(sorted(groups.items())),
        "topics_read_again": dict(sorted(Counter(topic for _, topic in outcome.replayed.elements()).items())),
        "seen": dict(sorted(outcome.seen.items())),
        "could_not_be_brought_about": dict(sorted(outcome.not_injected.items())),
        "no_full_disks_because": no_full_disks,
        "seconds": round(outcome.seconds),
        "sent_again_by_the_relay": verdict.sent_again,
        "dead_letters": verdict.dead_letters,
        "updates_refused": verdict.refused,
        "not_at_rest": outcome.unsettled,
        "found": {harm: dict(counts) for harm, counts in verdict.found.items() if counts},
        "examples": dict(verdict.examples),
        "caught_planted_bugs": {},
        "machine": f"{os.cpu_count()} cores at load {os.getloadavg()[2]:.0f}, {platform.system()}, "
        f"Python {platform.python_version()}",
    }


def read(folder: Path) -> dict[str, Any]:
    """A report that was written before."""
    found: dict[str, Any] = json.loads((folder / "faults.json").read_text(encoding="utf-8"))
    return found


def write(folder: Path, found: Mapping[str, Any]) -> None:
    """Writes both files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "faults.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder / "faults.md").write_text(_page(found), encoding="utf-8")


def _page(found: Mapping[str, Any]) -> str:
    kinds = "\n".join(f"| {name} | {count} |" for name, count in found["by_kind"].items())
    bugs = "\n".join(
        f"| {_WORDS[name]} | {', '.join(f'{n:,} {harm}' for harm, n in harms.items()) or 'not caught'} |"
        for name, harms in found["caught_planted_bugs"].items()
    )
    bugs = (
        f"| planted | found |\n|---|---|\n{bugs}"
        if bugs
        else "None was planted after this run: `python -m tests.faults --planted-alone --report docs` does."
    )
    harms = "\n".join(
        f"- {harm}: {what}: {count:,}" for harm, counts in found["found"].items() for what, count in counts.items()
    )
    rest = "; ".join(found["not_at_rest"])
    seen = "\n".join(f"- {what}: {count:,}" for what, count in found["seen"].items())
    replayed = "\n".join(f"| {group} | {times} |" for group, times in found["groups_that_read_all_again"].items())
    nodes = found["kafka_nodes"]
    cluster = (
        "Kafka has three nodes, each broker and controller; topics have three copies, of which two must be in sync"
        if nodes > 1
        else "Kafka has one node"
    )
    missed = ", ".join(f"{name} ({count})" for name, count in found["could_not_be_brought_about"].items())
    no_disks = found["no_full_disks_because"]
    disks = (
        f"No full disks: {no_disks}."
        if no_disks
        else "A full disk is a real one: a file system in memory that is shrunk to what it holds."
    )
    return f"""# Faults

Made by `make faults`; not edited by hand. The same counts, for programs: [faults.json](faults.json).

**{found["faults"]} faults over {found["events"]:,} events: {found["lost"]} lost, {found["doubled"]} doubled,
{found["reordered"]} reordered.** Seed {found["seed"]}, {found["seconds"] / 60:.0f} minutes, {found["machine"]}.

{"It did not come to rest: " + rest + "." if rest else "Afterwards everything came to rest: nothing to read, to send."}
{harms}

## What is done

Front doors publish submissions all the time, each with its own credential: families of every decision, corrections,
repeats. Two providers answer every offer with updates. The services do what they always do, on real Kafka and
PostgreSQL. {cluster}.
Every connection of a service to Kafka and to PostgreSQL, and of parties outside to Kafka, goes through a link of its
own that can be cut, slow, narrow or silent. Meanwhile faults come in an order that follows from the seed; those that
last overlap with the next ones.

| fault | times |
|---|---|
{kinds}

{f"Drawn, but could not be brought about just then, and not counted: {missed}." if missed else ""}
{disks}

What was observed meanwhile:

{seen}

Every group read everything again from offset 0, so many times; {len(found["topics_read_again"])} topics together:

| group | times |
|---|---|
{replayed}

## Who judges

An oracle that shares no code with the services (`tests/faults/oracle.py`, `effects.py`). A trigger of its own keeps
every outbox row in the same transaction, so it knows what was committed and what was rolled back; the order of commits
is PostgreSQL's commit timestamps. It reads every topic from its first record and compares: each committed event is on
its topic as it was committed, and nothing else is; each event was claimed once by every reader; each submission was
decided once; each update had one effect or one refusal; each screening and case event was told to its front door once;
each case's history has as many lines as the case had changes; what analysts were told is what stands in the table; each
bad record is a dead letter, and no good one is; for each case and topic, arrivals are in the order of the commits.

The relay sent {found["sent_again_by_the_relay"]:,} records again after a fault, as it must where it can't know; readers
dropped them. {found["dead_letters"]:,} records became dead letters; {found["updates_refused"]:,} updates were refused.

## Bugs planted, to see whether it would notice

Each in a short campaign of its own, on one Kafka node, with faults that bring it out.

{bugs}

## Run it again

```sh
make faults                                                # the long run, about as long as above, and this report
.venv/bin/python -m tests.faults --nodes 1 --short --faults 10 --events 2000 --planted      # a short one
.venv/bin/python -m tests.faults --faults 20 --events 5000 --planted --kinds "link to" lost  # of some kinds alone
```

Not injected here: the machine itself losing power, so what `fsync` promises is taken on trust; clocks that disagree;
two parts of Kafka's cluster that both live and do not see each other.
"""
