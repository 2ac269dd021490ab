"""A short campaign, and one bug planted: the long one is `make faults`."""

import sys

from tests.faults.campaign import Order, run
from tests.faults.planted_bugs import catch


def _progress(text: str) -> None:
    print(text, file=sys.stderr)


def test_nothing_is_lost_doubled_or_reordered() -> None:
    outcome = run(
        Order(seed=20, faults=10, events=2500, short=True, patience_s=3, quiescence_s=90, seconds=240), _progress
    )

    assert outcome.unsettled == []
    assert dict(outcome.verdict.harms) == {}, outcome.verdict.examples
    assert outcome.faults >= 5
    assert any(kind.startswith("link to") for kind in outcome.by_kind)
    assert outcome.verdict.events >= 2500


def test_the_oracle_notices_a_relay_that_reads_after_the_last_id() -> None:
    # A fault that finds nothing to break leaves the bug unseen, so there are more campaigns: each takes four minutes.
    assert any(catch("relay_after_last_id", seed, _progress).get("lost") for seed in (3, 4, 5))
