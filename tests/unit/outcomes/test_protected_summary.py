"""What analysts and boards get of a summary: small counts are held back, and so is what would give them away."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from deploy.summary.funnel_picture import draw
from deploy.summary.marked import marked
from deploy.summary.report import print_report
from services.outcomes.domain.disclosure.of_summary import protected

DEMO: dict[str, Any] = json.loads((Path(__file__).parents[2] / "journeys" / "demo_summary.json").read_text())
_LETTERS = {"count": 0, "by_finding": [], "items": [], "not_asked": []}


def _empty() -> dict[str, Any]:
    """The demo's summary with nobody in it: every figure nought."""

    def nought(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: nought(value) for key, value in node.items()}
        if isinstance(node, list):
            return [nought(each) for each in node]
        return 0 if isinstance(node, int | float) or node is None else node

    return {key: nought(value) for key, value in DEMO.items() if key != "held_back"} | {"areas": []}


def _of(areas: list[tuple[int, int, int, int]]) -> dict[str, Any]:
    """A summary of areas, each with mothers referred, fathers referred, and those of them who started."""
    found = _empty()
    for number, (mothers, fathers, of_mothers, of_fathers) in enumerate(areas):
        started = min(of_mothers, mothers), min(of_fathers, fathers)
        row = {"area": str(number), "area_name": str(number), "cases": 0, "cases_referred": 0}
        row |= {"referred": mothers + fathers, "started": sum(started), "completed": 0}
        row |= {"fathers_referred": fathers, "fathers_started": started[1], "fathers_completed": 0}
        found["areas"].append(row | {"started_share": 0.5, "completed_share": None, "fathers_share": 0.5})
    for place, step in enumerate(("referred", "started")):
        for who, field in (("parents", step), ("fathers", f"fathers_{step}")):
            found["funnel"][place][who]["people"] = sum(row[field] for row in found["areas"])
    return found


def _possible(shown: dict[str, Any]) -> list[dict[str, tuple[float, float]]]:
    """What an attacker knows of each area by narrowing down, again and again, from what adds up to what."""
    fields = ("referred", "started", "fathers_referred", "fathers_started")
    inner = ("mm", "ms", "fm", "fs")  # Mothers and fathers who did not start, and who did.
    made_of = {"referred": inner, "started": ("ms", "fs"), "fathers_referred": ("fm", "fs"), "fathers_started": ("fs",)}
    known: dict[tuple[int, str], tuple[float, float]] = {}
    sums: list[tuple[tuple[int, str], list[tuple[int, str]]]] = []
    totals = {name: shown["funnel"][n][who]["people"] for name, n, who in (
        ("referred", 0, "parents"), ("started", 1, "parents"), ("fathers_referred", 0, "fathers"),
        ("fathers_started", 1, "fathers"))}  # fmt: skip
    for number, row in enumerate([*shown["areas"], totals]):
        for name in inner:
            known[number, name] = (0, float("inf"))
        for field in fields:
            value = row[field]
            known[number, field] = (1, float("inf")) if value is None else (value, value)
            sums.append(((number, field), [(number, name) for name in made_of[field]]))
    everybody = len(shown["areas"])
    sums += [((everybody, name), [(number, name) for number in range(everybody)]) for name in (*fields, *inner)]
    before: Any = None
    while before != known:
        before = dict(known)
        for whole, parts in sums:
            low, high = (sum(known[part][end] for part in parts) for end in (0, 1))
            known[whole] = max(known[whole][0], low), min(known[whole][1], high)
            for part in parts:
                others = [known[other] for other in parts if other != part]
                least = known[whole][0] - sum(each[1] for each in others)
                most = known[whole][1] - sum(each[0] for each in others)
                known[part] = max(known[part][0], least), min(known[part][1], most)
    return [{name: known[number, name] for name in (*fields, *inner)} for number in range(len(shown["areas"]))]


_PEOPLE = st.integers(0, 30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_PEOPLE, _PEOPLE, _PEOPLE, _PEOPLE), min_size=1, max_size=4), st.integers(2, 12))
def test_no_small_group_of_an_area_can_be_narrowed_down(areas: list[tuple[int, int, int, int]], smallest: int) -> None:
    whole = _of(areas)
    shown = protected(whole, smallest)
    for row, known in zip(whole["areas"], _possible(shown), strict=True):
        true = dict(row) | {"fs": row["fathers_started"], "ms": row["started"] - row["fathers_started"]}
        true["fm"] = row["fathers_referred"] - true["fs"]
        true["mm"] = row["referred"] - row["fathers_referred"] - true["ms"]
        for name, (low, high) in known.items():
            if 0 < true[name] < smallest:
                assert high - low >= max(smallest - 2, 1), (name, true[name], low, high)


def test_what_is_held_back_is_listed_and_its_share_with_it() -> None:
    shown = protected(_of([(40, 20, 30, 14), (50, 30, 44, 3)]), 10)
    assert shown["areas"][1]["fathers_started"] is None
    assert "/areas/1/fathers_started" in shown["held_back"]["figures"]
    assert shown["held_back"]["fewer_than"] == 10
    for row, number in zip(shown["areas"], range(2), strict=True):
        if row["started"] is None:
            assert row["started_share"] is None
            assert f"/areas/{number}/started_share" in shown["held_back"]["figures"]
    assert protected(_of([(3, 2, 1, 1)]), 1)["held_back"] is None


def test_the_demos_summary_can_be_printed_and_drawn_and_keeps_its_headlines(tmp_path: Path) -> None:
    console = Console(width=120, record=True)
    found = marked({**DEMO, "dead_letters": _LETTERS})
    print_report(console, found)
    text = console.export_text()
    assert "nan" not in text.lower().split()
    assert "*: held back. It is a count below 10" in text
    assert len(draw(found["funnel"], found["period"], tmp_path)) == 2
    assert not any(each.startswith(("/funnel", "/agreement")) for each in DEMO["held_back"]["figures"])
    steps = [step["parents"]["people"] for step in DEMO["funnel"][:3]]
    assert all(before >= after for before, after in pairwise(steps))
