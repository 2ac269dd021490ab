"""The one way in which every indicator is counted: by whatever dimensions are asked for.

| column | is |
|---|---|
| `units` | everything in scope |
| `counted` | those of which it is known: the denominator |
| `clusters` | of how many cases (practitioners) these are |
| `met`, `share` | of a share, or of each category of a mix |
| `mean`, `sd`, `median`, `p90`, `least`, `most` | of numbers and days |
| `total`, `per`, `ratio` | of a ratio |
| `vv`, `vn`, `nn` | sums over clusters of the square of its values, of its values by its size, of the square of its size: what an interval needs that knows of clusters |
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import REGION, table


def by(indicator: Indicator, dimensions: Sequence[str], today: date) -> Any:
    """The indicator's numbers for each value of these dimensions, and of those that it always has.

    `today` is the day of the newest fact: what had to happen within months is asked of who had those months. An area is
    in several regions, or in none: numbers by region need not add up. Raises ValueError for a dimension that it lacks.
    """
    unknown = [each for each in dimensions if each not in indicator.dimensions]
    if unknown:
        raise ValueError(f"{indicator.name} has no {', '.join(unknown)}; it has {', '.join(indicator.dimensions)}")
    cut = [*indicator.always, *(each for each in dimensions if each not in indicator.always)]
    rows = _with_areas(indicator.rows(today), cut)
    if indicator.kind is Kind.MIX:
        return _mix(rows, cut)
    return _aggregated(rows, cut, indicator.kind)


def values(indicator: Indicator, dimensions: Sequence[str], today: date) -> Any:
    """The sums of each cluster, `value` and `per`, for each value of these dimensions: what a bootstrap draws from."""
    cut = [*indicator.always, *(each for each in dimensions if each not in indicator.always)]
    rows = _with_areas(indicator.rows(today), cut)
    counted = rows.filter(rows.counted)
    return counted.group_by([*cut, "cluster"]).aggregate(value=counted.value.sum().cast("float64"), per=counted.per.sum().cast("float64"))


def _with_areas(rows: Any, cut: Sequence[str]) -> Any:
    """Rows with the areas and regions that were asked for: those of a training only then, for it may be for several."""
    if {"area", REGION}.intersection(cut) and "area" not in rows.columns:
        trained = table("training_area")
        named = trained.select(trained_for=trained.training_id, area=trained.area)
        rows = rows.join(named, rows.training_id == named.trained_for).drop("trained_for")
    if REGION in cut:
        region = table("region")
        named = region.select(region=region.region, in_area=region.area)
        rows = rows.join(named, rows.area == named.in_area).drop("in_area")
    return rows


def _whole(sum_of: Any) -> Any:
    # An engine's sum of whole numbers may be wider than they are, and of nothing it is empty.
    return sum_of.cast("int64").fill_null(0)


def _aggregated(rows: Any, cut: list[str], kind: Kind) -> Any:
    if kind in (Kind.COUNT, Kind.PEOPLE):
        found = {"units": rows.count(), "counted": _whole(rows.counted.cast("int64").sum())}
        return _grouped(rows, cut, found | {"clusters": rows.cluster.nunique(where=rows.counted)})
    nothing = ibis.literal(0, "float64" if kind in (Kind.MEAN, Kind.CHANGE) else "int64")
    per = rows.per.cast("float64") if kind is Kind.RATIO else rows.per
    rows = rows.mutate(
        known_value=ibis.ifelse(rows.counted, rows.value, nothing),
        known_size=ibis.ifelse(rows.counted, per, 0),
    )
    # A window over the cluster gives each row its cluster's sums: the sum of row by cluster is the sum of squares.
    window = ibis.window(group_by=[*cut, "cluster"])
    rows = rows.mutate(of_values=rows.known_value.sum().over(window), of_sizes=rows.known_size.sum().over(window))
    counted = _whole(rows.counted.cast("int64").sum())
    found = {
        "units": rows.count(),
        "counted": counted,
        "clusters": rows.cluster.nunique(where=rows.counted),
        "vv": _number(rows.known_value, rows.of_values),
        "vn": _number(rows.known_value, rows.of_sizes),
        "nn": _number(rows.known_size, rows.of_sizes),
    }
    match kind:
        case Kind.SHARE:
            met = _whole(rows.known_value.sum())
            found |= {"met": met, "share": met / counted.nullif(0)}
        case Kind.RATIO:
            total, per = _whole(rows.known_value.sum()), rows.known_size.sum().fill_null(0.0)
            found |= {"total": total, "per": per, "ratio": total / per.nullif(0)}
        case _:
            value, where = rows.value.cast("float64"), rows.counted
            found |= {
                "mean": value.mean(where=where),
                "sd": value.std(how="sample", where=where),
                "median": value.quantile(0.5, where=where),
                "p90": value.quantile(0.9, where=where),
                "least": value.min(where=where),
                "most": value.max(where=where),
            }
    return _grouped(rows, cut, found)


def _number(one: Any, other: Any) -> Any:
    return (one.cast("float64") * other.cast("float64")).sum().fill_null(0.0)


def _grouped(rows: Any, cut: list[str], found: dict[str, Any]) -> Any:
    return rows.group_by(cut).aggregate(**found) if cut else rows.aggregate(**found)


def _mix(rows: Any, cut: list[str]) -> Any:
    """Each category's share. A unit may be of several categories, as a decision gives several reasons."""
    rows = rows.filter(rows.counted)
    each = rows.group_by([*cut, "category"]).aggregate(met=rows.unit.nunique())
    whole = {"counted": rows.unit.nunique(), "clusters": rows.cluster.nunique()}
    of_all = _grouped(rows, cut, whole)
    both = each.join(of_all, cut) if cut else each.cross_join(of_all)
    share = both.met / both.counted.nullif(0)
    return both.select(*cut, "category", units=both.counted, counted=both.counted, clusters=both.clusters,
                       met=both.met, share=share)  # fmt: skip
