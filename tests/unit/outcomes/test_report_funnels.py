"""Funnel plots: who lies beyond the limits of chance, of published numbers alone, in a picture of attributes alone."""

import re
from collections.abc import Mapping
from itertools import product
from xml.etree import ElementTree as ET

import pytest

from services.outcomes.domain.disclosure.table import ALL, Dimension, Outline, PublishedTable
from services.outcomes.domain.indicators.control_limits import ACTION, WARNING, control_limits
from services.outcomes.domain.report.document import Line, Part, ReportChapter
from services.outcomes.domain.report.funnels import Lies, funnel_plot, funnels
from services.outcomes.domain.report.tables import NO, YES, Places
from services.outcomes.web.pages.figures import areas
from services.outcomes.web.pages.funnel_words import shown_funnel

PLACES = Places(("Ashby", "Bexley", "Corby"), {"north": ("Ashby", "Bexley")})
_SVG = "{http://www.w3.org/2000/svg}"


def started(by: Mapping[str, tuple[int, int] | None], *, provider: str = "") -> PublishedTable:
    """How many started by area, None where it is held back; of one provider or of all."""
    spread = [Dimension("area", PLACES.areas, PLACES.regions), Dimension("parents-started", (YES, NO))]
    if provider:
        spread.insert(1, Dimension("provider", (provider, "other")))
    outline = Outline("parents-started-by-provider" if provider else "parents-started", "parents", tuple(spread))
    values: dict[tuple[str, ...], int | None] = dict.fromkeys(outline.nodes())
    for place, each in by.items():
        for who in (provider, "other") if provider else ("",):
            node = (place, who) if who else (place,)
            met, others = each if each else (None, None)
            whole = None if each is None else sum(each)
            values |= {(*node, YES): met, (*node, NO): others, (*node, ALL): whole}
    return PublishedTable(outline, values)


def test_each_lies_where_the_exact_limits_put_it() -> None:
    counts = {"a": (700, 1000), "b": (70, 100), "c": (62, 100), "d": (50, 100), "e": (95, 100), "f": (20, 20)}
    plot = funnel_plot("parents-started", "area", counts)
    assert plot is not None
    assert plot.target == pytest.approx(sum(met for met, _ in counts.values()) / sum(of for _, of in counts.values()))
    for point in plot.points:
        inner = control_limits(point.counted, plot.target, WARNING)
        outer = control_limits(point.counted, plot.target, ACTION)
        expected = Lies.WITHIN
        if not inner.low <= point.share <= inner.high:
            expected = Lies.BELOW if point.share < inner.low else Lies.ABOVE
        if not outer.low <= point.share <= outer.high:
            expected = Lies.FAR_BELOW if point.share < outer.low else Lies.FAR_ABOVE
        assert point.lies is expected, point
    found = {point.code: point.lies for point in plot.points}
    assert (found["a"], found["d"], found["e"]) == (Lies.WITHIN, Lies.FAR_BELOW, Lies.FAR_ABOVE)
    assert plot.differ


def test_whose_number_is_held_back_is_neither_plotted_nor_in_the_target() -> None:
    tables = {"parents-started": started({"Ashby": (30, 20), "Bexley": None, "Corby": (50, 50), ALL: (90, 80)})}
    (plot,) = funnels(ALL, "parents-started", tables, PLACES)
    assert {point.code for point in plot.points} == {"Ashby", "Corby"}
    assert plot.target == 80 / 150
    assert plot.left_out == 1
    shown = shown_funnel("one", plot, {"Ashby": "Ashby"})
    assert "Bexley" not in str(shown)
    assert "1 whose numbers are held back" in shown["sentence"]
    # Of one that is shown without its rest, the part would follow.
    values = {**tables["parents-started"].values, ("Corby", NO): None}
    weak = {"parents-started": PublishedTable(tables["parents-started"].outline, values)}
    assert [*funnels(ALL, "parents-started", weak, PLACES)] == []


def test_a_region_has_its_own_areas_and_an_area_its_providers_alone() -> None:
    whole = {"Ashby": (30, 20), "Bexley": (40, 30), "Corby": (50, 50), "north": (70, 50), ALL: (120, 100)}
    tables = {
        "parents-started": started(whole),
        "parents-started-by-provider": started(whole, provider="anchor"),
    }
    plots = [*funnels("north", "parents-started", tables, PLACES)]
    found = [(plot.by, {point.code for point in plot.points}) for plot in plots]
    assert found == [("area", {"Ashby", "Bexley"}), ("provider", {"anchor", "other"})]
    assert [plot.by for plot in funnels("Corby", "parents-started", tables, PLACES)] == ["provider"]
    with pytest.raises(ValueError, match="no share"):
        next(funnels(ALL, "payments", tables, PLACES))


def test_a_picture_is_of_attributes_alone_with_a_title_and_the_same_as_a_table() -> None:
    plot = funnel_plot("parents-started", "provider", {"a": (70, 100), "b": (20, 100), "<b>c</b>": (66, 90)})
    assert plot is not None
    shown = shown_funnel("one", plot, {"a": "Anchor <script>", "b": "Bridge"})
    root = ET.fromstring(shown["svg"])  # noqa: S314 - it is ours
    assert root.attrib["role"] == "img"
    ids = {each.attrib["id"]: each for each in root.iter() if "id" in each.attrib}
    assert [ids[name].tag for name in root.attrib["aria-labelledby"].split()] == [f"{_SVG}title", f"{_SVG}desc"]
    assert "Bridge: 20%, below the 99.8% limit" in (ids["one-about"].text or "")
    assert not re.search(r"\b(style|class|on\w+)=", shown["svg"])
    assert {each.tag.removeprefix(_SVG) for each in root.iter()} <= {
        "svg", "title", "desc", "line", "text", "polyline", "circle", "rect"
    }  # fmt: skip
    assert [row[0] for row in shown["rows"]] == ["1. Anchor <script>", "2. Bridge", "3. <b>c</b>"]
    assert len([*root.iter(f"{_SVG}circle")]) == 3
    assert "not a verdict" in shown["sentence"]


def test_the_page_of_areas_plots_published_numbers_alone() -> None:
    def known(counted: int, met: int | None) -> list[ReportChapter]:
        return [ReportChapter("all", "All", "Everything.", (Part("parents-started", (), (Line((), counted, met),)),))]

    each = {"Ashby": known(100, 60), "Bexley": known(90, 50)}
    few = {**each, "Corby": known(7, None)}
    plot = areas(few, {}, published=True).shown()["plot"]
    assert [row[0] for row in plot["rows"]] == ["1. Ashby", "2. Bexley"]
    assert areas(few, {}, published=False).shown()["plot"] is None
    assert areas({"Ashby": each["Ashby"]}, {}, published=True).shown()["plot"] is None


def test_limits_are_drawn_for_every_size_that_is_plotted() -> None:
    counts = {f"a{n}": (met, of) for n, (met, of) in enumerate(product((5, 9), (10, 400)), 1)}
    plot = funnel_plot("parents-completed", "area", counts)
    assert plot is not None
    sizes = [at.counted for at in plot.limits]
    assert sizes == sorted({*sizes})
    assert sizes[0] <= 10
    assert sizes[-1] >= 400
    assert all(at.far_low <= at.low <= plot.target <= at.high <= at.far_high for at in plot.limits)
