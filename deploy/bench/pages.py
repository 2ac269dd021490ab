"""The line of pages: how long the server takes for a page with 100,000 cases, against the same with 1,000."""

import asyncio
import hashlib
from typing import Any
from uuid import UUID

from deploy.bench.child import measure
from deploy.bench.page_cases import AREAS, PROVIDER, copies, fill
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


def measure_pages(stack: Stack, plan: Plan) -> list[Comparison]:
    """The same application and pages on two databases, which take turns: ours is the larger, its peer the smaller."""
    databases = {FEW: f"bench_pages_{FEW}", MANY: f"bench_pages_{MANY}"}
    samples = max(20, round(_SAMPLES * plan.size))
    task: dict[str, Any] = {
        "service": "referral",
        "name": _ACTS_AS,
        "pages": [],
        "databases": {},
        "samples": samples,
        "environment": stack.service_environment("referral"),
    }
    mine = measure("pages_answered", task)["staff"]
    asyncio.run(copies(stack, databases))
    for cases, database in databases.items():
        plan.report(f"writing {cases:,} cases")
        asyncio.run(fill(stack, database, cases, mine))
    pages = _pages()
    few, many = f"{FEW:,} cases", f"{MANY:,} cases"
    urls = {few: stack.database_url("referral", databases[FEW]), many: stack.database_url("referral", databases[MANY])}
    task |= {"pages": pages, "databases": urls}
    rounds = min(plan.rounds, LATENCY_ROUNDS)
    done = interleave(rounds, {"pages": lambda: measure("pages_answered", task)}, plan.quiet, plan.report)["pages"]
    return [
        Comparison(
            f"page: {page['name']}, p{percent}",
            "ms",
            _side(many, done, page["name"], percent),
            _side(few, done, page["name"], percent),
            _TARGET if percent == 99 else None,
            less_is_better=True,
            note=_note(samples, rounds) if page is pages[0] else "",
        )
        for page in pages
        for percent in (50, 99)
    ]


def _note(samples: int, rounds: int) -> str:
    return (
        f"of {MANY:,} cases against the same of {FEW:,}: {samples} answers of each in each of {rounds} rounds, in "
        "turns in one process, by the whole application for somebody who is signed in; 40 % of the cases wait"
    )


def _pages() -> list[dict[str, Any]]:
    """What is asked for, by whom: the lists as they open and narrowed, and cases that are in both databases."""
    cases = [UUID(hashlib.md5(f"case-{at}".encode()).hexdigest()) for at in range(1, FEW) if 0 < at % 100 < 40]  # noqa: S324 - an id
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


def _side(name: str, rounds: list[Measured], page: str, percent: int) -> Side:
    values = [percentile(each["milliseconds"][page][name], percent) for each in rounds]
    return Side(name, values, max(each["peak_mb"] for each in rounds))
