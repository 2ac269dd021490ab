"""The one way in which every indicator is counted: by whatever dimensions are asked for.

| column | is |
|---|---|
| `units` | everything in scope |
| `counted` | those of which it is known: the denominator |
| `clusters` | of how many cases (practitioners) these are |
| `met`, `share` | of a share, or of each category of a mix |
| `mean`, `sd`, `median`, `p90`, `least`, `most` | of numbers and days |
| `total`, `per`, `ratio` | of a ratio |
| `vv`, `vn`, `nn` | sums over clusters of value², value by size, size²: what an interval by clusters needs |
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.star import REGION, table


def by(indicator: Indicator, dimensions: Sequence[str], today: date) -> Any:
    """The indicator's numbers for each value of these dimensions, and of those that it always has.

    `today` is the day of the newest fact: what had to happen within months is asked of who had those months. An area is
    in several regions, or in none: numbers by region need not add up. Raises ValueError for a dimension that it lacks.
    """
    _refuse_unknown(indicator, dimensions)
    return of_units(indicator, indicator.rows(today), dimensions)


def units(indicator: Indicator, dimensions: Sequence[str], today: date) -> Any | None:
    """The rows of an indicator with no more than what it takes to count them by these dimensions and their regions.

    Whoever counts by several can have these worked out once, and each `of_units`. None where a unit may be of several
    areas, as a training is: then what is counted depends on the dimensions. Raises ValueError as `by` does.
    """
    _refuse_unknown(indicator, dimensions)
    rows = indicator.rows(today)
    if "area" not in rows.columns:
        return None
    wanted = dict.fromkeys((*indicator.always, "area", *(each for each in dimensions if each != REGION)))
    counted = ("cluster", "counted", "value", "per", "category", "unit")
    return rows.select(*wanted, *(name for name in counted if name in rows.columns))


def of_units(indicator: Indicator, rows: Any, dimensions: Sequence[str]) -> Any:
    """The indicator's numbers by these dimensions, from its rows."""
    cut = [*indicator.always, *(each for each in dimensions if each not in indicator.always)]
    rows = _with_areas(rows, cut)
    if indicator.kind is Kind.MIX:
        return _mix(rows, cut)
    return _aggregated(rows, cut, indicator.kind)


def _refuse_unknown(indicator: Indicator, dimensions: Sequence[str]) -> None:
    unknown = [each for each in dimensions if each not in indicator.dimensions]
    if unknown:
        raise ValueError(f"{indicator.name} has no {', '.join(unknown)}; it has {', '.join(indicator.dimensions)}")


def values(indicator: Indicator, dimensions: Sequence[str], today: date) -> Any:
    """The sums of each cluster, `value` and `per`, for each value of these dimensions: what a bootstrap draws from."""
    cut = [*indicator.always, *(each for each in dimensions if each not in indicator.always)]
    rows = _with_areas(indicator.rows(today), cut)
    counted = rows.filter(rows.counted)
    return counted.group_by([*cut, "cluster"]).aggregate(
        value=counted.value.sum().cast("float64"), per=counted.per.sum().cast("float64")
    )


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
        found = {"units": rows.count(), "counted": rows.count(where=rows.counted)}
        return _grouped(rows, cut, found | {"clusters": rows.cluster.nunique(where=rows.counted)})
    rows = rows.select(*cut, "cluster", "counted", "value", "per")
    clusters = _of_clusters(rows, cut, kind)
    counted = _whole(clusters.counted.sum())
    found = {
        "units": _whole(clusters.units.sum()),
        "counted": counted,
        "clusters": clusters.count(where=clusters.counted > 0),
        "vv": _number(clusters.value, clusters.value),
        "vn": _number(clusters.value, clusters.per),
        "nn": _number(clusters.per, clusters.per),
    }
    match kind:
        case Kind.SHARE:
            met = _whole(clusters.value.sum())
            return _grouped(clusters, cut, found | {"met": met, "share": met / counted.nullif(0)})
        case Kind.RATIO:
            total, per = _whole(clusters.value.sum()), clusters.per.sum().fill_null(0.0)
            return _grouped(clusters, cut, found | {"total": total, "per": per, "ratio": total / per.nullif(0)})
        case _:
            return _beside(_grouped(clusters, cut, found), _spread(rows, cut), cut)


def _of_clusters(rows: Any, cut: list[str], kind: Kind) -> Any:
    """The sums of each cluster: their squares are what an interval is worked out from.

    Everything else that can be added up is added up of these, so that each unit is looked at once.
    """
    value, per = rows.value.sum(where=rows.counted), rows.count(where=rows.counted)
    if kind is Kind.RATIO:
        per = rows.per.cast("float64").sum(where=rows.counted).fill_null(0.0)
    value = _whole(value) if value.type().is_integer() else value.fill_null(0.0)
    return rows.group_by([*cut, "cluster"]).aggregate(
        units=rows.count(),
        counted=rows.count(where=rows.counted),
        value=value,
        per=per,
    )


def _spread(rows: Any, cut: list[str]) -> Any:
    """What single numbers say and their sums do not."""
    value, where = rows.value.cast("float64"), rows.counted
    found = {
        "mean": value.mean(where=where),
        "sd": value.std(how="sample", where=where),
        "median": value.quantile(0.5, where=where),
        "p90": value.quantile(0.9, where=where),
        "least": value.min(where=where),
        "most": value.max(where=where),
    }
    return _grouped(rows, cut, found)


def _beside(left: Any, right: Any, cut: list[str]) -> Any:
    """Two counts of the same rows as one. A dimension may be empty, and is the same on both sides then too."""
    if not cut:
        return left.cross_join(right)
    right = right.rename({f"same_{name}": name for name in cut})
    both = left.join(right, [left[name].identical_to(right[f"same_{name}"]) for name in cut])
    # Not `drop`, which writes what it leaves out in another order in each process.
    same = {f"same_{name}" for name in cut}
    return both.select(*(name for name in both.columns if name not in same))


def _number(one: Any, other: Any) -> Any:
    return (one.cast("float64") * other.cast("float64")).sum().fill_null(0.0)


def _grouped(rows: Any, cut: list[str], found: dict[str, Any]) -> Any:
    return rows.group_by(cut).aggregate(**found) if cut else rows.aggregate(**found)


def _mix(rows: Any, cut: list[str]) -> Any:
    """Each category's share. Where a unit may be of several, as a decision gives several reasons, rows name it."""
    several = ["unit"] if "unit" in rows.columns else []
    rows = rows.filter(rows.counted).select(*cut, "cluster", "category", *several)
    units = rows.unit.nunique() if several else rows.count()
    each = rows.group_by([*cut, "category"]).aggregate(met=units)
    of_all = _grouped(rows, cut, {"counted": units, "clusters": rows.cluster.nunique()})
    both = each.join(of_all, cut) if cut else each.cross_join(of_all)
    share = both.met / both.counted.nullif(0)
    return both.select(*cut, "category", units=both.counted, counted=both.counted, clusters=both.clusters,
                       met=both.met, share=share)  # fmt: skip
