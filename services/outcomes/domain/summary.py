"""The summary as a commissioner's questions: what the views counted, with shares and the national yardstick."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.outcomes.domain.change import with_reliable_change
from services.outcomes.domain.cost import cost
from services.outcomes.domain.disclosure.of_summary import protected
from services.outcomes.domain.funnel import NATIONAL, funnel, share
from services.outcomes.domain.reach import reach
from services.outcomes.domain.small_numbers import SMALLEST

Part = Sequence[Mapping[str, Any]]


def summary(
    parts: Mapping[str, Part],
    *,
    area: Mapping[str, Any] | None = None,
    region: Mapping[str, Any] | None = None,
    smallest: int = 1,
) -> dict[str, Any]:
    """The whole summary, ready for JSON. Shares run from 0 to 1; None where there was nobody to count.

    `area` or `region` is what the parts are of; both are None where they are of every area. Counts below `smallest`
    are held back, and what gives them away: None where they would be, and listed in `held_back`.
    """
    agreement, counted, period = parts["agreement"][0], parts["funnel"][0], parts["period"][0]
    found = {
        "area": area,
        "region": region,
        "period": dict(period),
        "areas": [
            {
                **row,
                "started_share": share(row["started"], row["referred"]),
                "completed_share": share(row["completed"], row["started"]),
                "fathers_share": share(row["fathers_referred"], row["referred"]),
            }
            for row in parts["area"]
        ],
        "screenings": {
            "screenings": sum(row["screenings"] for row in parts["decision"]),
            "cases": sum(row["cases"] for row in parts["decision"]),
            "by_decision": parts["decision"],
            "by_reason": parts["reason"],
            "by_front_door": parts["front_door"],
            "by_level_of_need": parts["level_of_need"],
        },
        "agreement": {
            **agreement,
            "share": share(agreement["agreed"], agreement["parents"]),
            "fathers_share": share(agreement["fathers_agreed"], agreement["fathers"]),
        },
        "referrals": parts["referral"],
        "funnel": [
            asdict(step)
            for step in funnel(
                {step: counted[step.replace("-", "_")] for step in NATIONAL},
                {step: counted[f"fathers_{step.replace('-', '_')}"] for step in NATIONAL},
            )
        ],
        "days": parts["days"],
        "endings": parts["ending"],
        "attendance": [
            {
                **row,
                "share": share(row["attended"], row["expected"]),
                "fathers_share": share(row["fathers_attended"], row["fathers_expected"]),
            }
            for row in parts["attendance"]
        ],
        "beside": parts["beside"],
        "reach": reach(parts["reach"], parts["reach_family"], parts["population"], max(smallest, SMALLEST)),
        "measures": with_reliable_change(parts["measure"], parts["measure_change"]),
        "childs_voice": {
            "children": sum(row["children"] for row in parts["childs_voice"]),
            "sought": sum(row["children"] for row in parts["childs_voice"] if row["views_source"] != "not-sought"),
            "by_source": parts["childs_voice"],
        },
        "changes": parts["change"],
        "follow_up": [
            {
                **row,
                "share": share(row["answered"], row["asked"]),
                "fathers_share": share(row["fathers_answered"], row["fathers_asked"]),
            }
            for row in parts["follow_up"]
        ],
        "cost": cost(parts["cost"], parts["cost_area"], parts["avoidable"]),
        "came_again": [{**row, "share": share(row["again"], row["ended"])} for row in parts["again"]],
        "training": {
            **parts["training_reach"][0],
            "by_module": parts["training_module"],
            "quality": [
                {
                    **row,
                    "referred_share": share(row["referred"], row["screenings"]),
                    "complete_share": share(row["complete"], row["screenings"]),
                    "same_referred_share": share(row["same_referred"], row["same_screenings"]),
                    "same_complete_share": share(row["same_complete"], row["same_screenings"]),
                }
                for row in parts["training_quality"]
            ],
        },
    }
    return protected(found, smallest)
