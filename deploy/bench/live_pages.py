"""The line of pages that follow: from a submit in one browser until it is on another's screen, against one second."""

import shutil
from importlib.util import find_spec
from typing import Any

from deploy.bench.child import measure
from deploy.bench.plan import LATENCY_ROUNDS, Plan
from deploy.bench.rounds import Comparison, Side, interleave, percentiles
from deploy.stack.certificates import Authority
from deploy.stack.home import Stack

_LINE = "on another's screen"
_BAR_MS = 1_000.0
_SAMPLES = 50
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def measure_live(stack: Stack, plan: Plan, database: str, case: str, people: list[dict[str, Any]]) -> list[Comparison]:
    """A note that one coordinator adds to a case, until it is in the other's browser, which has the case open."""
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None or find_spec("playwright") is None:
        plan.absent("two browsers", "make setup")
        return []
    pair = Authority(stack.home.tls).issue("bench-pages", ["localhost"])
    samples, rounds = max(20, round(_SAMPLES * plan.size)), min(plan.rounds, LATENCY_ROUNDS)
    task: dict[str, Any] = {
        "chromium": browser,
        "database": stack.database_url("referral", database),
        "environment": stack.service_environment("referral"),
        "files": {"ssl_certfile": str(pair.certificate), "ssl_keyfile": str(pair.key)},
        "people": people,
        "address": f"/pages/cases/{case}",
        "samples": samples,
    }
    done = interleave(rounds, {_LINE: lambda: measure("pages_live", task)}, plan.quiet, plan.report)[_LINE]
    note = (
        f"{samples} notes in each of {rounds} rounds, from the submit in one Chromium until the note is in the page "
        "that is open in another, by the clock of the machine that both and the service share; nothing is reloaded"
    )
    return [
        Comparison(
            f"{_LINE}, p{percent}",
            "ms",
            percentiles("live", done, percent),
            Side("the bar of a second", [_BAR_MS]),
            1.0,
            less_is_better=True,
            note=note if percent == 50 else "",
        )
        for percent in (50, 99)
    ]
