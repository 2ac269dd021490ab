"""What plain readings of indicators come to, counted by whatever dimensions are asked for."""

from collections import defaultdict
from statistics import mean, stdev
from typing import Any

from tests.support.plain_indicators import READINGS
from tests.support.plain_star import Plain, Row


def quantile(values: list[float], share: float) -> float:
    """Between two values where it falls there."""
    place = share * (len(values) - 1)
    below, above = values[int(place)], values[min(int(place) + 1, len(values) - 1)]
    return below + (above - below) * (place - int(place))


def counted(plain: Plain, name: str, kind: str, cut: tuple[str, ...]) -> dict[tuple[str, ...], Row]:
    """What an indicator comes to, by the values of its dimensions; a mix by its category too."""
    rows = [*READINGS[name](plain)]
    if {"area", "region"}.intersection(cut) and rows and "area" not in rows[0]:
        rows = [
            row | {"area": each["area"]}
            for row in rows
            for each in plain.with_("training_area", "training_id", row["training"])
        ]
    if "region" in cut:
        rows = [row | {"region": each["region"]} for row in rows for each in plain.with_("region", "area", row["area"])]
    split: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        split[tuple(row[name] for name in cut)].append(row)
    if kind == "mix":
        return {
            (*key, category): _part(each, category)
            for key, each in split.items()
            for category in {r["category"] for r in each}
        }
    if not cut:
        split.setdefault((), [])
    return {key: _numbers(each, kind) for key, each in split.items()}


def _part(rows: list[Row], category: str) -> Row:
    units, met = {r["unit"] for r in rows}, {r["unit"] for r in rows if r["category"] == category}
    return {
        "units": len(units), "counted": len(units), "clusters": len({r["cluster"] for r in rows}),
        "met": len(met), "share": len(met) / len(units),
    }  # fmt: skip


def _numbers(rows: list[Row], kind: str) -> Row:
    known = [row for row in rows if row["counted"]]
    clusters: dict[Any, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for row in known:
        value, size = clusters[row["cluster"]]
        clusters[row["cluster"]] = value + row["value"], size + row["per"]
    found: Row = {"units": len(rows), "counted": len(known), "clusters": len(clusters)}
    if kind in ("count", "people"):
        return found
    sums = clusters.values()
    found |= {
        "vv": sum(v * v for v, _ in sums), "vn": sum(v * n for v, n in sums), "nn": sum(n * n for _, n in sums)
    }  # fmt: skip
    values = sorted(row["value"] for row in known)
    total, per = sum(values), sum(row["per"] for row in known)
    if kind == "share":
        return found | {"met": total, "share": total / per if per else None}
    if kind == "ratio":
        return found | {"total": total, "per": per, "ratio": total / per if per else None}
    return found | {
        "mean": mean(values) if values else None,
        "sd": stdev(values) if len(values) > 1 else None,
        "median": quantile(values, 0.5) if values else None,
        "p90": quantile(values, 0.9) if values else None,
        "least": values[0] if values else None,
        "most": values[-1] if values else None,
    }
