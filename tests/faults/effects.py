"""Effects against events: each claimed once, each with exactly the rows and events that must follow from it."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deploy.stack.services import SERVICE_NAMES
from tests.faults.records import OnTopic
from tests.faults.world import World

if TYPE_CHECKING:
    from tests.faults.oracle import Sent, Verdict

Topics = Mapping[str, list[OnTopic]]


def judge(
    world: World, verdict: "Verdict", topics: Topics, sent: "Sent", readers: Mapping[str, tuple[str, ...]]
) -> None:
    """All comparisons, each counted in the verdict."""
    good = _good(topics, sent)
    _claims(world, verdict, topics, readers)
    _dead_letters(world, verdict, topics, good)
    _submissions(world, verdict, topics, sent, good)
    _updates(world, verdict, topics, good)
    _history(world, verdict, topics)
    _progress(verdict, topics)
    _facts(world, verdict, topics)


def _good(topics: Topics, sent: "Sent") -> dict[str, dict[str, list[OnTopic]]]:
    """Records from outside that mean what somebody meant, by submission id and by update id."""
    good: dict[str, dict[str, list[OnTopic]]] = {".screenings": defaultdict(list), ".updates": defaultdict(list)}
    submissions = {(f"front-door.{a}.screenings", v): key for key, (a, _, v) in sent.submissions.items()}
    updates = {value: key for key, (_, value) in sent.updates.items()}
    for name, records in topics.items():
        for record in records:
            if name.endswith(".screenings") and (record.topic, record.value) in submissions:
                good[".screenings"][submissions[record.topic, record.value]].append(record)
            elif name.endswith(".updates") and record.value in updates:
                good[".updates"][updates[record.value]].append(record)
    return good


def _read_by(topics: Topics, names: tuple[str, ...]) -> list[OnTopic]:
    wanted = [t for t in topics if any(t == n or (n.startswith(".") and t.endswith(n)) for n in names)]
    return [record for topic in wanted for record in topics[topic]]


def _claims(world: World, verdict: "Verdict", topics: Topics, readers: Mapping[str, tuple[str, ...]]) -> None:
    for reader, names in readers.items():
        service, _, subscription = reader.partition(".")
        outside = names[0].startswith(".")
        there = {r.position_id if outside else r.text("ce_id") for r in _read_by(topics, names)}
        rows = world.query(service, "SELECT event_id::text AS id FROM inbox WHERE subscription = $1", subscription)
        claimed = {row["id"] for row in rows}
        verdict.note("lost", f"never claimed by {reader}", there - claimed)
        verdict.note("doubled", f"claimed by {reader} and on no topic", claimed - there)


def _dead_letters(
    world: World, verdict: "Verdict", topics: Topics, good: Mapping[str, Mapping[str, list[OnTopic]]]
) -> None:
    where = {("screening", "front-doors"): ".screenings", ("referral", "updates"): ".updates"}
    for service in SERVICE_NAMES:
        rows = world.query(
            service, 'SELECT id::text, subscription, topic, partition, "offset", times_seen FROM dead_letter'
        )
        verdict.dead_letters += sum(row["times_seen"] for row in rows)
        announced = Counter(
            json.loads(record.value)["dead_letter_id"]
            for record in {
                r.text("ce_id"): r for n, rs in topics.items() if n.endswith(".dead-letters") for r in rs
            }.values()
            if record.text("ce_source") == f"/parley/{service}"
        )
        verdict.note("lost", "dead letters never told of", (r["id"] for r in rows if not announced[r["id"]]))
        verdict.note("doubled", "dead letters told of again", (each for each, times in announced.items() if times > 1))
        for row in rows:
            if (service, row["subscription"]) not in where:
                verdict.note("lost", "good events made dead letters", [f"{service}.{row['subscription']} {row['id']}"])
        for (owner, subscription), end in where.items():
            if owner != service:
                continue
            fine = {(r.topic, r.partition, r.offset) for records in good[end].values() for r in records}
            of_it = [row for row in rows if row["subscription"] == subscription]
            bad = sum(len(rs) for name, rs in topics.items() if name.endswith(end)) - len(fine)
            wrong = [r for r in of_it if (r["topic"], r["partition"], r["offset"]) in fine]
            verdict.note("lost", "good records made dead letters", (f"{r['topic']} {r['offset']}" for r in wrong))
            seen = sum(row["times_seen"] for row in of_it if row not in wrong)
            verdict.note("lost", f"bad records of {owner}.{subscription} not dead letters", range(bad - seen))
            verdict.note("doubled", f"dead letters of {owner}.{subscription} counted twice", range(seen - bad))


def _submissions(
    world: World,
    verdict: "Verdict",
    topics: Topics,
    sent: "Sent",
    good: Mapping[str, Mapping[str, list[OnTopic]]],
) -> None:
    decided = Counter(row["id"] for row in world.query("screening", "SELECT submission_id::text AS id FROM submission"))
    published: dict[str, set[str]] = defaultdict(set)
    for record in topics.get("screening-completed", []):
        published[json.loads(record.value)["submission_id"]].add(record.text("ce_id"))
    arrived = good[".screenings"]
    verdict.note(
        "lost", "front doors' records that never reached Kafka", (s for s in sent.submissions if s not in arrived)
    )
    verdict.note("lost", "submissions never decided", (s for s in arrived if not decided[s]))
    verdict.note("lost", "decisions never told", (s for s in decided if s not in published))
    verdict.note(
        "doubled", "submissions decided twice", (s for s in published if len(published[s]) > 1 or decided[s] > 1)
    )


def _updates(world: World, verdict: "Verdict", topics: Topics, good: Mapping[str, Mapping[str, list[OnTopic]]]) -> None:
    causes = {str(r["cause"]) for r in world.query("referral", "SELECT DISTINCT cause FROM case_history")}
    refusals: dict[str, set[str]] = defaultdict(set)
    for name, records in topics.items():
        if name.endswith(".refusals"):
            for record in records:
                refusals[json.loads(record.value)["update_id"]].add(record.text("ce_id"))
    verdict.refused = len(refusals)
    for update, records in good[".updates"].items():
        times = len({r.position_id for r in records} & causes) + len(refusals.get(update, ()))
        if times == 0:
            verdict.note("lost", "updates without effect or refusal", [update])
        elif times > 1:
            verdict.note("doubled", "updates with two effects", [update])


def _history(world: World, verdict: "Verdict", topics: Topics) -> None:
    """Each screening has its line in its case's history, and each case as many lines as it had changes."""
    causes = {str(r["cause"]) for r in world.query("referral", "SELECT DISTINCT cause FROM case_history")}
    screenings = {record.text("ce_id") for record in topics.get("screening-completed", [])}
    verdict.note("lost", "screenings without a line in the history", screenings - causes)
    uneven = world.query(
        "referral",
        """
        SELECT case_id::text, changes, count(number) AS lines, max(number) AS last
        FROM referral_case LEFT JOIN case_history USING (case_id) GROUP BY case_id, changes
        HAVING count(number) <> changes OR max(number) <> changes
        """,
    )
    verdict.note("lost", "cases whose history is not their changes", (row["case_id"] for row in uneven))


# What a front door is told of each, however late it comes.
_STEP_OF = {
    "referral-agreed": "agreed",
    "provider-accepted": "accepted",
    "provider-declined": "declined",
    "provider-assessed": "assessed",
    "session-recorded": "session",
    "concern-raised": "concern",
    "case-reopened": "reopened",
    "case-closed": "closed",
}


def _progress(verdict: "Verdict", topics: Topics) -> None:
    """Each screening and whatever happened in a case is told to its front door, once, in one order without a gap."""
    # The relay may send an event again after a crash: whoever reads knows it by its id, and so do we.
    progressed = list(
        {
            record.text("ce_id"): json.loads(record.value)
            for name, records in topics.items()
            if name.startswith("front-door.") and name.endswith(".progress")
            for record in records
            if record.text("ce_type") == "parley.case-progressed.v1"
        }.values()
    )
    published = Counter(
        (each["case_id"], each["submission_id"] if each["step"] == "screened" else each["step"])
        for each in progressed
        if not each["said_again"] and each["step"] in ("screened", *_STEP_OF.values())
    )
    screened = {
        (event["case_id"], event["submission_id"])
        for event in (json.loads(record.value) for record in topics.get("screening-completed", []))
    }
    happened = Counter(screened) + Counter(
        (json.loads(value)["case_id"], step)
        for name, step in _STEP_OF.items()
        for value in {record.text("ce_id"): record.value for record in topics.get(name, [])}.values()
    )
    verdict.note("lost", "events that no front door was told of", (happened - published).elements())
    verdict.note("doubled", "events told twice", (published - happened).elements())
    places: dict[str, list[int]] = defaultdict(list)
    for each in progressed:
        if each["step"] != "training-asked":
            places[each["case_id"]].append(each["sequence"])
    uneven = [case for case, taken in places.items() if sorted(taken) != list(range(1, len(taken) + 1))]
    verdict.note("lost", "cases whose records have no one order", uneven)


def _facts(world: World, verdict: "Verdict", topics: Topics) -> None:
    """What analysts were last told of each fact is what was published of the days that are over, kind by kind."""
    last: dict[str, dict[str, Any]] = {}
    for record in topics.get("outcomes", []):
        fact = json.loads(record.value)
        last[fact["fact_id"]] = fact
    live = Counter(fact["fact"] for fact in last.values() if fact["outcome"] != "retracted")
    rows = world.query(
        "outcomes", "SELECT fact, count(*) AS n FROM published_fact WHERE content IS NOT NULL GROUP BY fact"
    )
    current = Counter({row["fact"]: row["n"] for row in rows})
    verdict.note("lost", "facts that stand and were not told", (current - live).elements())
    verdict.note("doubled", "facts that were told and do not stand", (live - current).elements())
