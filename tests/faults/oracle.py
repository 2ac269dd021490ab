"""The judgement. It shares nothing with the code under test: its own SQL, its own reading of the topics.

committed ⊆ topic; rolled back ∩ topic = ∅; every event has its effect once or is a dead letter; for each case the order
on a topic is the order of the commits; history = effects.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.faults import changelogs, effects
from tests.faults.records import OnTopic, read_all
from tests.faults.shadow import Committed, committed
from tests.faults.world import World

Harm = Literal["lost", "doubled", "reordered"]
_CASE_EVENTS = (
    *("referral-agreed", "provider-accepted", "provider-declined", "provider-assessed", "session-recorded"),
    *("case-returned", "case-refused", "case-taken-to-panel", "case-held", "case-resumed", "case-halted"),
    "case-joined",
    "case-closed",
)
_AFTER_THE_OFFER = (
    *("concern-raised", "child-participation-changed", "wrap-around-reminded", "follow-up-due"),
    "case-reopened",
)
# Who reads which topics, as `<service>.<subscription>`; topics of parties outside are told by their ends.
READERS: dict[str, tuple[str, ...]] = {
    "screening.front-doors": (".screenings",),
    "screening.closed-cases": ("case-closed", "case-reopened"),
    "families.identities": ("parent-identity-sealed",),
    "families.taken-back": ("screening-taken-back",),
    "referral.screenings": ("screening-completed",),
    "referral.updates": (".updates",),
    "referral.families": ("family-recognised", "family-linked", "family-unlinked"),
    "referral.contacts": (".contacts",),
    "notification.screenings": ("screening-completed",),
    "notification.parent-details": ("parent-details-sealed",),
    "notification.case-events": (*_CASE_EVENTS, *_AFTER_THE_OFFER, "family-changed"),
    "notification.taken-back": ("screening-taken-back",),
    "notification.refused-submissions": ("submission-refused",),
    "notification.handovers": ("practitioner-handed-over",),
    "outcomes.screenings": ("screening-completed",),
    "workforce.screenings": ("screening-completed",),
    "notification.untrained": ("practitioner-untrained",),
    "notification.training-reminders": ("training-reminders",),
    "outcomes.training": ("training",),
    "outcomes.case-events": (
        *(*_CASE_EVENTS, "parent-contacted", "parent-assessed", "session-scheduled", "measure-recorded"),
        *("concern-raised", "follow-up-due", "case-reopened", "family-referred-again"),
    ),
}


@dataclass(frozen=True)
class Sent:
    """What parties outside sent and meant: (agency, key, value) by submission, (key, value) by update."""

    submissions: Mapping[str, tuple[str, str, bytes]]
    updates: Mapping[str, tuple[str, bytes]]


@dataclass
class Verdict:
    """How many of what; `found` says each harm in words, with some examples."""

    events: int = 0
    sent_again: int = 0
    refused: int = 0
    dead_letters: int = 0
    harms: Counter[str] = field(default_factory=Counter)
    found: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, harm: Harm, what: str, which: Iterable[Any]) -> None:
        """Counts each of `which` as a harm."""
        for each in which:
            self.harms[harm] += 1
            self.found[harm][what] += 1
            if len(self.examples[what]) < 5:
                self.examples[what].append(str(each))

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled or reordered."""
        return not self.harms.total()


def judge(world: World, sent: Sent) -> Verdict:
    """Reads everything that there is and compares."""
    topics = read_all(world)
    rows = committed(world)
    verdict = Verdict()
    # Records of the operator's directory were written before the campaign.
    topics.pop("directory", None)
    ours = {name: records for name, records in topics.items() if not _from_outside(name)}
    _compare_with_commits(verdict, ours, rows)
    _compare_order(verdict, ours, rows)
    effects.judge(world, verdict, topics, sent, READERS)
    changelogs.judge(world, verdict)
    written = {(record.topic, record.text("ce_id")) for records in ours.values() for record in records}
    outside = sum(len(records) for name, records in topics.items() if _from_outside(name))
    verdict.events = len(written) + outside
    verdict.sent_again = sum(len(records) for records in ours.values()) - len(written)
    return verdict


def _from_outside(topic: str) -> bool:
    return topic.endswith((".screenings", ".updates"))


def _compare_with_commits(verdict: Verdict, topics: Mapping[str, list[OnTopic]], rows: list[Committed]) -> None:
    there = {(record.topic, record.text("ce_id")): record for records in topics.values() for record in records}
    wanted = {(row.topic, row.ce_id): row for row in rows}
    verdict.note("lost", "committed and not on its topic", (at for at in wanted if at not in there))
    verdict.note("doubled", "on a topic and never committed", (at for at in there if at not in wanted))
    verdict.note(
        "lost",
        "not what was committed",
        (at for at, row in wanted.items() if at in there and there[at].digest != row.digest),
    )


def _compare_order(verdict: Verdict, topics: Mapping[str, list[OnTopic]], rows: list[Committed]) -> None:
    """For each case and topic: the records as a reader first sees them, against the commits."""
    order: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        order[row.topic, row.subject].append(row.ce_id)
    seen: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for records in topics.values():
        for record in records:
            seen[record.topic, record.text("ce_subject")].setdefault(record.text("ce_id"), record.partition)
    for case, wanted in order.items():
        arrived = list(seen.get(case, {}))
        both = [ce_id for ce_id in wanted if ce_id in seen.get(case, {})]
        known = set(wanted)
        arrived = [ce_id for ce_id in arrived if ce_id in known]
        wrong = [f"{case[0]} {b}" for a, b in zip(arrived, both, strict=True) if a != b]
        verdict.note("reordered", "not in the order of the commits", wrong)
        if len(set(seen.get(case, {}).values())) > 1:
            verdict.note("reordered", "one case in several partitions", [f"{case[0]} {case[1]}"])
