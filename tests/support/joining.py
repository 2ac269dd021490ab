"""Whoever would join analysts' facts to families: a world of cases, the topic that follows from it, and the attacks.

The attacker is a front door, or anybody who knows everything about some families: each event of theirs to the second,
and all that a fact would say of it. They read the whole topic, know how it is made, and guess which pseudonym a family
has. How often they are right is worked out exactly where they have to draw among some that look the same to them.

Run it for the numbers of docs/decisions: python -m tests.support.joining
"""

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.outcomes.domain.alike import Published, plan
from services.outcomes.domain.detail import DAY, FIELDS, Content, Row, contents_of
from services.outcomes.domain.facts import DETAILS

AREA = "E10000014"
BEGIN = date(2025, 1, 1)
_SOURCES = ("school", "early-help", "mash", "health-visitor", "social-care", "gp", "police", "camhs")
_NEEDS = ("universal-plus", "targeted", "child-in-need", "child-protection")
_DECISIONS = ("refer", "more-information", "not-ready", "domestic-abuse-pathway", "not-suitable", "universal-offer")
_SERVICES = ("mediation", "couple-support", "family-counselling")
_PROVIDERS = ("common-ground", "two-homes", "relate")
_ENDS = ("completed", "withdrawn", "no-contact")


@dataclass(frozen=True)
class Happened:
    """A fact of a case, and the moment from which on it holds: a correction of it comes later."""

    at: datetime
    row: Row


@dataclass
class Case:
    """A family, as whoever knows everything about it does."""

    id: UUID
    happened: list[Happened] = field(default_factory=list)

    def rows(self, until: datetime) -> list[Row]:
        """Its facts as they stood."""
        known = {(each.row["fact"], each.row["subject"]): each.row for each in self.happened if each.at < until}
        return list(known.values())


@dataclass(frozen=True)
class Seen:
    """A record of the topic: who it is of, what it says, and the moment that is written on it."""

    pseudonym: UUID
    place: int
    content: Content | None
    at: datetime


def world(seed: int, cases: int, months: int) -> list[Case]:
    """Families whose cases begin evenly over the months, each with its own course."""
    chance = random.Random(seed)
    return [_case(chance, chance.uniform(0, months * 30.4)) for _ in range(cases)]


def _case(chance: random.Random, begins: float) -> Case:
    def at_day(days: float) -> datetime:
        return datetime.combine(BEGIN, time(), UTC) + timedelta(days=days, seconds=chance.randrange(28_800, 64_800))

    case = Case(UUID(int=chance.getrandbits(128)))
    fathers = chance.choices((0, 1), (1, 3))[0]
    common = {
        "area": AREA,
        "source": chance.choices(_SOURCES, (8, 6, 4, 3, 3, 2, 1, 1))[0],
        "level_of_need": chance.choices(_NEEDS, (4, 5, 2, 1))[0],
        "decision": chance.choices(_DECISIONS, (12, 4, 2, 3, 1, 2))[0],
        "children": chance.choices((1, 2, 3, 4), (5, 5, 2, 1))[0],
    }

    def add(days: float, fact: str, subject: str = "", **more: Any) -> None:
        at = at_day(days)
        row = dict.fromkeys(DETAILS) | {"parents": 2, "fathers": fathers} | common | more
        case.happened.append(
            Happened(at, row | {"case_id": case.id, "fact": fact, "subject": subject, "happened_on": at.date()})
        )

    add(begins, "screened")
    if chance.random() < 0.05:
        # A correction: another child was found, and another level of need.
        common |= {"children": 1, "level_of_need": "targeted"}
        add(begins + chance.randint(1, 40), "screened")
    if common["decision"] != "refer":
        return case
    service, provider = chance.choices(_SERVICES, (5, 3, 2))[0], chance.choices(_PROVIDERS, (5, 3, 2))[0]
    what = {"service": service, "provider": provider}
    day = begins + chance.randint(1, 20)
    add(day, "referred", "r", days_since=int(day - begins), **what)
    if chance.random() < 0.15:
        return case
    day += chance.randint(1, 10)
    add(day, "accepted", "r", days_since=3, **what)
    day += chance.randint(3, 30)
    add(day, "assessed", "r", outcome="suitable", days_since=7, **what)
    if chance.random() < 0.75:
        for number in range(chance.choice((1, 2, 2))):
            add(day + 5, "started", f"p{number}", parents=1, fathers=fathers if number else 0, days_since=5, **what)
        for number in range(chance.randint(1, 6)):
            day += chance.randint(5, 12)
            add(day, "session", f"r/{number}", outcome="joint", days_since=7, **what)
    day += chance.randint(1, 60)
    add(day, "closed", outcome=chance.choices(_ENDS, (5, 2, 1))[0], **what)
    return case


def published_at_once(cases: Sequence[Case]) -> list[Seen]:
    """The topic as it was before: each fact in its moment, with all that it says."""
    events = sorted(((each.at, case, each.row) for case in cases for each in case.happened), key=lambda event: event[0])
    places: dict[tuple[UUID, str, str], int] = {}
    counts: dict[UUID, int] = defaultdict(int)
    seen = []
    for at, case, row in events:
        key = (case.id, row["fact"], row["subject"])
        if key not in places:
            places[key] = counts[case.id]
            counts[case.id] += 1
        (content,) = contents_of([row], DAY, at.date(), at_once=True).values()
        seen.append(Seen(case.id, places[key], content, at))
    return seen


@dataclass
class Topic:
    """The topic as it is now, batch by batch, and what analysts had of each case at the end."""

    seen: list[Seen] = field(default_factory=list)
    published: dict[UUID, Published] = field(default_factory=dict)


def published_in_batches(
    cases: Sequence[Case], smallest: int, until: date, every: int = 1, *, moments: bool = False, ordered: bool = False
) -> Topic:
    """The topic as it is made now, with a batch every so many days. `moments` and `ordered` plant what it must not
    have: the moment at which each fact came about, and records in the order of these.
    """
    topic, cohorts, chance = Topic(), itertools.count(1), random.Random(smallest)
    since = {case.id: case.happened[0].at for case in cases}
    for number in range(every, (until - BEGIN).days, every):
        today = BEGIN + timedelta(days=number)
        midnight = datetime.combine(today, time(), UTC)
        rows = {case.id: found for case in cases if (found := case.rows(midnight))}
        batch = []
        for change in plan(rows, topic.published, lambda _: smallest, AREA, today, cohorts).changes:
            before = change.before.now if change.before else ()
            topic.published[change.case_id] = change.after
            for place, content in enumerate(change.after.now):
                if place >= len(before) or before[place] != content:
                    at = since[change.case_id] if moments else midnight
                    batch.append(Seen(change.case_id, place, content, at))
        chance.shuffle(batch)
        topic.seen += sorted(batch, key=lambda each: since[each.pseudonym]) if ordered else batch
    return topic


History = tuple[tuple[datetime, int, Content | None], ...]


def histories(seen: Sequence[Seen]) -> dict[UUID, History]:
    """All that the topic says of each pseudonym and when: what any attack by content and time has to go by."""
    found: dict[UUID, list[tuple[datetime, int, Content | None]]] = defaultdict(list)
    for each in seen:
        found[each.pseudonym].append((each.at, each.place, each.content))
    return {pseudonym: tuple(sorted(those, key=lambda each: (each[0], each[1]))) for pseudonym, those in found.items()}


def by_time(cases: Sequence[Case], seen: Sequence[Seen]) -> float:
    """Of the families, how many are found by the moment that is nearest to one of theirs."""
    moments: dict[datetime, set[UUID]] = defaultdict(set)
    for each in seen:
        moments[each.at].add(each.pseudonym)
    ordered = sorted(moments)
    right = 0.0
    for case in cases:
        at = case.happened[0].at
        nearest = min(ordered, key=lambda each: abs((each - at).total_seconds()), default=None)
        those = moments[nearest] if nearest else set()
        right += (case.id in those) / max(1, len(those))
    return right / len(cases)


def by_order(cases: Sequence[Case], seen: Sequence[Seen]) -> float:
    """How many are found by their turn: the first, second … to be screened is the first, second … pseudonym to come."""
    turns = list(dict.fromkeys(each.pseudonym for each in seen))
    known = set(turns)
    families = [case.id for case in sorted(cases, key=lambda case: case.happened[0].at) if case.id in known]
    return sum(one == other for one, other in zip(families, turns, strict=True)) / len(cases)


def by_attributes(cases: Sequence[Case], seen: Sequence[Seen], *, and_time: bool = False) -> float:
    """How many are found by all that the facts say, and with `and_time` by when each was said."""
    content = histories(seen)
    alike: dict[Any, list[UUID]] = defaultdict(list)
    for pseudonym, history in content.items():
        alike[_kept(history, and_time=and_time)].append(pseudonym)
    right = 0.0
    for case in cases:
        if case.id in content:
            right += 1 / len(alike[_kept(content[case.id], and_time=and_time)])
    return right / len(cases)


def _kept(history: History, *, and_time: bool) -> Any:
    if and_time:
        return history
    return frozenset({(place, content) for _, place, content in history})


def _counted(published: Mapping[UUID, Published]) -> str:
    place = FIELDS.index("detail")
    details = Counter(content[place] for each in published.values() for content in each.now if content is not None)
    return f"{len(published)} cases, facts by detail {dict(details)}"


def main() -> None:
    """Prints the numbers of the decision record."""
    for count, months in ((24, 3), (300, 12), (1500, 12)):
        cases = world(1, count, months)
        until = BEGIN + timedelta(days=months * 31 + 240)
        now = published_in_batches(cases, 10, until, 7)
        for name, seen in (("before", published_at_once(cases)), ("now, k = 10", now.seen)):
            rates: Mapping[str, float] = {
                "time": by_time(cases, seen),
                "order": by_order(cases, seen),
                "attributes": by_attributes(cases, seen),
                "both": by_attributes(cases, seen, and_time=True),
            }
            print(f"{count} cases, {name}:", {attack: f"{rate:.1%}" for attack, rate in rates.items()})
        rows = {case.id: case.rows(datetime.combine(until, time(), UTC)) for case in cases}
        afresh = plan(rows, {}, lambda _: 10, AREA, until, itertools.count(1))
        print(f"  of {sum(map(len, rows.values()))} facts in that release: {_counted(now.published)}")
        print(f"  in a new one at its end: {_counted({each.case_id: each.after for each in afresh.changes})}")


if __name__ == "__main__":
    main()
