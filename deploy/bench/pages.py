"""The line of pages: how long the server takes for a page with 100,000 cases, against the same with 1,000; and how long
until what one person does is on another's screen.
"""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from deploy.bench import page_cases, tracked_cases
from deploy.bench.child import measure
from deploy.bench.live_pages import measure_live
from deploy.bench.page_cases import AREAS, PROVIDER, copies
from deploy.bench.plan import LATENCY_ROUNDS, Plan
from deploy.bench.rounds import Comparison, Measured, Side, interleave, percentile
from deploy.stack.home import Stack

FEW, MANY = 1_000, 100_000
_TARGET = 1.5
_SAMPLES = 200
_NAME, _SUBJECT = "c.okafor", "bench-coordinator"
_ACTS_AS = f"{_NAME} ({_SUBJECT})"
_COORDINATOR = {"sub": _SUBJECT, "preferred_username": _NAME, "roles": ["coordinator"], "areas": list(AREAS)}
_PROVIDER = {
    "sub": "bench-provider",
    "preferred_username": "p.north",
    "roles": ["provider-manager"],
    "areas": [],
    "provider": PROVIDER,
}
_PRACTITIONER = {
    "sub": "bench-practitioner",
    "preferred_username": tracked_cases.NAME,
    "roles": ["practitioner"],
    "areas": list(AREAS),
    "agency": tracked_cases.AGENCY,
}


@dataclass(frozen=True)
class _Served:
    """A service whose pages are measured: who signs in, what fills its database, and what is asked for by whom."""

    service: str
    name: str
    fill: Callable[[Stack, str, int, str], Coroutine[Any, Any, None]]
    pages: list[dict[str, Any]]


def measure_pages(stack: Stack, plan: Plan) -> list[Comparison]:
    """The same application and pages on two databases, which take turns: ours is the larger, its peer the smaller."""
    rounds = min(plan.rounds, LATENCY_ROUNDS)
    found = [each for served in _SERVED for each in _measure(stack, plan, served, rounds)]
    samples = _samples(plan)
    colleague = {**_COORDINATOR, "sub": "bench-colleague", "preferred_username": "d.shah"}
    case = str(next(_case(at) for at in range(1, FEW) if 0 < at % 100 < 40))
    live = measure_live(stack, plan, _database("referral", MANY), case, [_COORDINATOR, colleague])
    return [replace(found[0], note=_note(samples, rounds)), *found[1:], *live]


def _database(service: str, size: int) -> str:
    return f"bench_{service}_{size}"


def _measure(stack: Stack, plan: Plan, served: _Served, rounds: int) -> list[Comparison]:
    service, databases = served.service, {size: _database(served.service, size) for size in (FEW, MANY)}
    task: dict[str, Any] = {
        "service": service,
        "name": served.name,
        "pages": [],
        "databases": {},
        "samples": _samples(plan),
        "environment": stack.service_environment(service),
    }
    mine = measure("pages_answered", task)["staff"]
    asyncio.run(copies(stack, service, databases.values()))
    for cases, database in databases.items():
        plan.report(f"{service}: writing {cases:,} cases")
        asyncio.run(served.fill(stack, database, cases, mine))
    few, many = f"{FEW:,} cases", f"{MANY:,} cases"
    urls = {few: stack.database_url(service, databases[FEW]), many: stack.database_url(service, databases[MANY])}
    task |= {"pages": served.pages, "databases": urls}
    label = f"pages of {service}"
    done = interleave(rounds, {label: lambda: measure("pages_answered", task)}, plan.quiet, plan.report)[label]
    return [
        Comparison(
            f"page: {page['name']}, p{percent}",
            "ms",
            _side(many, done, page["name"], percent),
            _side(few, done, page["name"], percent),
            _TARGET if percent == 99 else None,
            less_is_better=True,
        )
        for page in served.pages
        for percent in (50, 99)
    ]


def _samples(plan: Plan) -> int:
    return max(20, round(_SAMPLES * plan.size))


def _note(samples: int, rounds: int) -> str:
    return (
        f"of {MANY:,} cases against the same of {FEW:,}: {samples} answers of each in each of {rounds} rounds, in "
        "turns in one process, by the whole application for somebody who is signed in; 40 % of the cases wait"
    )


def _side(name: str, rounds: list[Measured], page: str, percent: int) -> Side:
    values = [percentile(each["milliseconds"][page][name], percent) for each in rounds]
    return Side(name, values, max(each["peak_mb"] for each in rounds))


def _case(at: int) -> UUID:
    return UUID(hashlib.md5(f"case-{at}".encode()).hexdigest())  # noqa: S324 - an id


def _pages() -> list[dict[str, Any]]:
    """What is asked for, by whom: the lists as they open and narrowed, and cases that are in both databases."""
    cases = [_case(at) for at in range(1, FEW) if 0 < at % 100 < 40]
    worklist = "/pages/worklist"
    asked = {
        "worklist": [worklist],
        "worklist, narrowed": [
            f"{worklist}?whose=nobody&sort=due",
            f"{worklist}?whose=mine",
            f"{worklist}?whose=team&urgency=raised",
            f"{worklist}?agency=agency-3&sort=newest",
            f"{worklist}?waits=look&state=awaiting-coordinator&sort=oldest",
            f"{worklist}?q=family-77",
        ],
        "case": [f"/pages/cases/{case}" for case in cases[::8]],
        "waiting lists": ["/pages/waiting-lists"],
    }
    pages = [{"name": name, "addresses": found, "person": _COORDINATOR} for name, found in asked.items()]
    provider = {"name": "a provider's referrals", "addresses": ["/pages/referrals"], "person": _PROVIDER}
    return [*pages, provider]


def _tracker() -> list[dict[str, Any]]:
    """A front door's families: all of the agency's, one's own, by whose turn it is, by reference, and one by one."""
    tracker = "/pages/families"
    asked = {
        "a front door's families": [
            f"{tracker}?view=team",
            tracker,
            f"{tracker}?view=team&turn=provider",
            f"{tracker}?view=team&q=family-60",
            f"{tracker}?view=team&page=2",
        ],
        "a family": [f"{tracker}/{_case(at)}" for at in range(60, FEW, 60)],
    }
    return [{"name": name, "addresses": found, "person": _PRACTITIONER} for name, found in asked.items()]


async def _fill_tracker(stack: Stack, database: str, cases: int, _mine: str) -> None:
    await tracked_cases.fill(stack, database, cases)


_SERVED = (
    _Served("referral", _ACTS_AS, page_cases.fill, _pages()),
    _Served("notification", tracked_cases.NAME, _fill_tracker, _tracker()),
)
