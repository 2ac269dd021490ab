"""Who is reached, against who lives there: each group's share of the parents, beside the share that it would have.

A parent is held against the population of their own area, so that an area that reaches more families than another
makes no group look over- or under-represented. Only areas that gave figures of a characteristic are compared on it,
and only groups that the figures name. Without any figures there are the shares alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.outcomes.domain.small_numbers import SMALLEST, hidden, shown, wilson
from shared.contracts.population import CHARACTERISTICS, NOT_STATED

Row = Mapping[str, Any]
STAGES = ("screened", "referred", "started")
"""How far a parent came: had a screening, was referred to a service, came to a session of it."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """What is compared of one characteristic: each area's parents by group, and the shares of who lives there."""

    counts: Mapping[str, Mapping[str, Row]]
    shares: Mapping[str, Mapping[str, float]]

    @property
    def areas(self) -> list[str]:
        """The areas that are compared: those that gave figures, or all where none did."""
        return [area for area in (self.shares or self.counts) if area in self.counts]

    def groups_in(self, area: str) -> list[str]:
        """The groups of one area that count: those with a figure, or every one that parents named where none has."""
        return [*self.shares[area]] if self.shares else [code for code in self.counts[area] if code != NOT_STATED]

    def people(self, area: str, group: str, stage: str) -> int:
        """How many parents of a group came so far."""
        row = self.counts.get(area, {}).get(group)
        return int(row[stage]) if row else 0


def reach(
    rows: Sequence[Row], families: Sequence[Row], populations: Sequence[Row], smallest: int = SMALLEST
) -> dict[str, Any]:
    """Every characteristic, whose figures they are held against, and the areas that gave none.

    Groups of fewer than `smallest` parents are hidden, from everybody: it is what parents said of themselves.
    """
    given = {row["area"]: row["population"] for row in populations}
    return {
        "figures": [
            {"area": row["area"], "area_name": row["area_name"]}
            | {name: row["population"][name] for name in ("as_of", "source", "of")}
            for row in populations
        ],
        "areas_without": [
            {"area": row["area"], "area_name": row["area_name"]} for row in families if row["area"] not in given
        ],
        "characteristics": [_characteristic(name, rows, families, given, smallest) for name in CHARACTERISTICS],
    }


def _characteristic(
    name: str, rows: Sequence[Row], families: Sequence[Row], given: Mapping[str, Row], smallest: int
) -> dict[str, Any]:
    counts: dict[str, dict[str, Row]] = {row["area"]: {} for row in families}
    for row in rows:
        if row["characteristic"] == name:
            counts[row["area"]][row["code"]] = row
    shares = {area: _shares(population[name]) for area, population in given.items() if population.get(name)}
    compared = _Compared(counts, shares)
    areas = compared.areas
    groups = sorted({group for area in areas for group in compared.groups_in(area)})
    by_stage = {stage: _stage(stage, compared, groups, families, smallest) for stage in STAGES}
    left_out = {
        stage: sum(row[stage] for area in areas for code, row in counts[area].items() if code != NOT_STATED)
        - sum(compared.people(area, group, stage) for area in areas for group in compared.groups_in(area))
        for stage in STAGES
    }
    return {
        "characteristic": name,
        "areas": areas if shares else [],
        "not_stated": {
            stage: shown(sum(compared.people(area, NOT_STATED, stage) for area in areas), smallest) for stage in STAGES
        },
        "without_figure": {stage: shown(people, smallest) for stage, people in left_out.items()},
        "groups": [{"group": group} | {stage: by_stage[stage][group] for stage in STAGES} for group in groups],
    }


def _shares(groups: Mapping[str, int]) -> dict[str, float]:
    whole = sum(groups.values())
    return {group: people / whole for group, people in groups.items()}


def _stage(
    stage: str, compared: _Compared, groups: Sequence[str], families: Sequence[Row], smallest: int
) -> dict[str, dict[str, Any]]:
    """Each group's parents who came so far.

    The interval assumes that all parents of a family are alike, so it is never too narrow: it is as wide as if one of
    them had been asked.
    """
    areas = compared.areas
    in_area = {area: sum(compared.people(area, group, stage) for group in compared.groups_in(area)) for area in areas}
    whole = sum(in_area.values())
    people = {
        group: sum(compared.people(area, group, stage) for area in areas if group in compared.groups_in(area))
        for group in groups
    }
    of_these = [row for row in families if row["area"] in in_area]
    parents, households = (sum(row[name] for row in of_these) for name in (stage, f"{stage}_families"))
    kept_back = hidden(people, smallest)
    found: dict[str, dict[str, Any]] = {}
    for group in groups:
        expected = None
        if compared.shares and whole:
            expected = sum(count * compared.shares[area].get(group, 0.0) for area, count in in_area.items()) / whole
        found[group] = {"parents": None, "share": None, "expected_share": expected}
        found[group] |= {"ratio": None, "low": None, "high": None}
        if group in kept_back:
            continue
        found[group]["parents"] = people[group]
        if whole:
            share = people[group] / whole
            found[group]["share"] = share
            if expected:
                low, high = wilson(share, whole * households / parents)
                found[group] |= {"ratio": share / expected, "low": low / expected, "high": high / expected}
    return found
