"""Many small areas with a known truth, as a star: each area is one run of the study."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa
from scipy import integrate, stats

from services.outcomes.domain.star.tables import STAR, Kind

TODAY = date(2026, 8, 31)
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
}
_NOTHING: Mapping[Kind, Any] = {
    Kind.TEXT: "any",
    Kind.DAY: date(2025, 1, 6),
    Kind.WHOLE: 1,
    Kind.NUMBER: 0.0,
    Kind.FLAG: True,
}
_RELIABLE = 6
"""Points of the PHQ-9, of which less is better (`shared/contracts/instruments/phq-9.yaml`)."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What families are like: parents of one are alike, changes are skewed, and not everybody answers."""

    started: float = 0.786
    alike: float = 0.4
    """The correlation of two parents of one family in whether they start."""
    change: float = -3.2
    of_family: float = 3.0
    of_parent: float = 4.5
    answered: float = 0.6
    median_days: float = 30.4
    spread_days: float = 0.7
    again: float = 0.12

    @property
    def scale(self) -> float:
        """Of the gamma distribution (of shape 2) by which parents differ."""
        return self.of_parent / sqrt(2)

    @property
    def reliably_better(self) -> float:
        """The share of all who change for the better by the reliable points or more."""

        def within(family: float) -> float:
            of_parent = -_RELIABLE - self.change - family + 2 * self.scale
            below = stats.gamma.cdf(of_parent, 2, scale=self.scale)
            return float(below * stats.norm.pdf(family, scale=self.of_family))

        reach = 9 * self.of_family
        return float(integrate.quad(within, -reach, reach)[0])

    @property
    def middle_of_days(self) -> float:
        """The median of whole days: half of the families wait no longer."""
        return float(np.floor(self.median_days))


def star(
    truth: Truth, runs: int, cases: int, seed: int, *, who_got_worse_is_silent: bool = False
) -> dict[str, pa.Table]:
    """So many areas of so many families each."""
    random = np.random.default_rng(seed)
    number = runs * cases
    case = np.array([f"c{at}" for at in range(number)])
    area = np.repeat([f"run-{at:05}" for at in range(runs)], cases)
    waited = np.floor(random.lognormal(np.log(truth.median_days), truth.spread_days, number)).astype(int)
    submitted = np.full(number, np.datetime64("2024-11-04"))
    ended = np.full(number, np.datetime64("2025-12-31"))
    again = np.flatnonzero(random.random(number) < truth.again)
    both = random.random(number) < 0.8
    of_case = np.repeat(np.arange(number), np.where(both, 2, 1))
    spread = (1 - truth.alike) / truth.alike
    willing = random.beta(truth.started * spread, (1 - truth.started) * spread, number)
    started = random.random(len(of_case)) < willing[of_case]
    person = np.array([f"a{at}" for at in range(len(of_case))])
    change = truth.change + random.normal(0, truth.of_family, number)[of_case]
    change += random.gamma(2, truth.scale, len(of_case)) - 2 * truth.scale
    chance = np.full(len(of_case), truth.answered)
    if who_got_worse_is_silent:
        chance = np.where(change > 0, truth.answered / 2, truth.answered)
    answers = np.flatnonzero(random.random(len(of_case)) < chance)
    measured = {"instrument": "phq9", "version": "1", "is_parent": True, "is_father": False}
    verdict = np.where(change <= -_RELIABLE, "improved", np.where(change >= _RELIABLE, "deteriorated", "unchanged"))
    rows = len(of_case)
    made = {
        "case": [
            _table(
                "case", number, case_id=case, area=area, screened_on=submitted, first_submitted_on=submitted,
                started_on=submitted + waited, ended_on=ended, ending="completed",
            ),
            _table(
                "case", len(again), case_id=np.array([f"n{at}" for at in again]), area=np.repeat("later", len(again)),
                screened_on=np.datetime64("2026-02-02"), previous_case_id=case[again], again_within_months=6,
                again_for_same_reason=True, again_on=np.datetime64("2026-02-02"),
            ),
        ],
        "parent": [
            _table(
                "parent", rows, case_id=case[of_case], person_id=person, referred=True,
                started_on=pa.array(np.where(started, np.datetime64("2025-01-06"), np.datetime64("NaT")), pa.date32()),
            )
        ],
        "measure": [
            _table(
                "measure", rows, case_id=case[of_case], person_id=person, occasion="baseline", score=20.0, **measured
            ),
            _table(
                "measure", len(answers), case_id=case[of_case][answers], person_id=person[answers], occasion="closure",
                score=20.0 + change[answers], baseline=20.0, verdict=verdict[answers], **measured,
            ),
        ],
    }  # fmt: skip
    return {name: pa.concat_tables(made[name]) if name in made else _table(name, 0) for name in STAR}


def _table(name: str, rows: int, **given: Any) -> pa.Table:
    """Rows of a table: what isn't given is empty where it may be, and anything where not."""
    arrays = {}
    for column, each in STAR[name].columns.items():
        value = given.get(column, None if each.optional else _NOTHING[each.kind])
        if isinstance(value, np.ndarray | pa.Array):
            arrays[column] = pa.array(value).cast(_ARROW[each.kind])
        else:
            value = value.item() if isinstance(value, np.datetime64) else value
            arrays[column] = pa.repeat(pa.scalar(value, _ARROW[each.kind]), rows)
    return pa.table(arrays)
