"""Who is reached, of which groups, and against who lives there."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.parents import parents
from services.outcomes.domain.indicators.star import CASE, NOT_STATED, PARENT_GROUPS, REGION, share_rows, table

_STAGES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "screened": ("are screened", lambda rows: rows.screened),
    "referred": ("are referred", lambda rows: rows.screened & rows.referred),
    "started": ("come to a session", lambda rows: rows.screened & rows.started_on.notnull()),
}
_SOURCE = "What parents stated of themselves in the screening in force"


@cache
def _stated(stage: str) -> Any:
    """Each parent once for every characteristic, with what they stated."""
    rows = parents()
    rows = rows.filter(_STAGES[stage][1](rows))
    kept = (*CASE, "father", "cluster")
    return ibis.union(
        *(
            rows.select(*kept, characteristic=ibis.literal(name), category=rows[name].fill_null(NOT_STATED))
            for name in PARENT_GROUPS
        )
    )


def _mix(stage: str) -> Callable[[date], Any]:
    return lambda _: share_rows(_stated(stage), ibis.literal(True))


def _represented(stage: str) -> Callable[[date], Any]:
    """For each area and group with a figure, the parents who came so far, and how many would have by the area's
    figures."""

    def rows(_: date) -> Any:
        figures = table("population")
        whole = figures.group_by("area", "characteristic").aggregate(everybody=figures.people.sum().cast("int64"))
        stated = _stated(stage)
        found = stated.group_by("area", "characteristic", "category").aggregate(parents=stated.count())
        named = figures.select("area", "characteristic", "people", group=figures.code)
        joined = named.left_join(
            found,
            [
                named.area == found.area,
                named.characteristic == found.characteristic,
                named.group == found.category,
            ],
        )
        each = joined.select(*(named[name] for name in named.columns), parents=found.parents.fill_null(0).cast("int64"))
        in_area = each.group_by("area", "characteristic").aggregate(reached=each.parents.sum().cast("int64"))
        keys = ["area", "characteristic"]
        both = each.join(in_area, keys).join(whole, keys)
        expected = both.reached.cast("float64") * both.people / both.everybody.nullif(0)
        return both.select(
            "area", "characteristic", "group", cluster=both.area, counted=ibis.literal(True), value=both.parents,
            per=expected.fill_null(0.0),
        )  # fmt: skip

    return rows


REACHED = (
    *(
        Indicator(
            name=f"reach-mix-{stage}",
            question=f"Of which groups are the parents who {words}?",
            definition=f"Share of each group of a characteristic among the parents who {words}",
            denominator=f"Parents of the screening in force who {words}",
            numerator=f"Those who stated the group; `{NOT_STATED}` are those who stated none",
            exclusions="Parents whom only a referral names: nothing of theirs was asked",
            source=_SOURCE,
            kind=Kind.MIX,
            unit="parents",
            rows=_mix(stage),
            dimensions=(REGION, *CASE, "father", "characteristic"),
            always=("characteristic",),
        )
        for stage, (words, _) in _STAGES.items()
    ),
    *(
        Indicator(
            name=f"representation-{stage}",
            question=f"Are the parents who {words} as many of each group as live there?",
            definition=f"Parents of a group who {words}, over those that there would be if each area's "
            f"parents were as its "
            "population",
            denominator="Parents with a group that has a figure, shared out by each area's own figures: "
            "an area that reaches "
            "more families than another makes no group look over-represented",
            numerator=f"Parents who stated the group and {words}",
            exclusions="Areas without figures of the characteristic, groups without a figure, and who stated nothing",
            source=f"{_SOURCE}; population as each area states it in the directory",
            kind=Kind.RATIO,
            unit="areas",
            rows=_represented(stage),
            dimensions=(REGION, "area", "characteristic", "group"),
            always=("characteristic", "group"),
        )
        for stage, (words, _) in _STAGES.items()
    ),
)
