"""The summary for whoever does not work with the families: its small counts, and what gives them away, are held back.

What is described here are the counts of the document and how they hang together: what is the sum of what, what is a
part of what, and which shares, means and sums of money go with which counts. Practitioners' own counts (who was
trained) and the figures of reach, which have a rule of their own (`domain/reach.py`), are left as they are.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from services.outcomes.domain.disclosure.figures import Figures, Place, pointer, without

Document = Mapping[str, Any]
_HEADLINES = ("funnel", "agreement", "days")
_STEPS = ("referred", "started", "completed")
_MONEY = ("spent_pence", "per_parent_pence", "per_child_pence", "per_completed_case_pence")
_WORTH = ("spent_pence", "benefit_pence", "ratio", "ratio_interval", "worth_it_share", "tornado")
_COSTED = ("cases", "completed", "cases_without_price", "priced_completed", "priced_parents", "priced_children")


def protected(document: Document, smallest: int) -> dict[str, Any]:
    """The document with None for what is held back, and `held_back`: below which count, and where, as JSON Pointers.

    With a smallest of 1 nothing is held back, and `held_back` is None, as for whoever gets every count.
    """
    if smallest <= 1:
        return {**document, "held_back": None}
    figures = Figures(document)
    for describe in (_screenings, _referred, _funnel, _around, _measures, _afterwards, _cost, _training, _wholes):
        describe(figures, document)
    places = figures.held_back(smallest, _HEADLINES)
    listed = [pointer(place) for place in places]
    return {**without(document, places), "held_back": {"fewer_than": smallest, "figures": listed}}


def _rows(document: Document, *path: Any) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    found: Any = document
    for key in path:
        found = found[key]
    for number, row in enumerate(found):
        yield (*path, number), row


def _screenings(figures: Figures, document: Document) -> None:
    top: Place = ("screenings",)
    decisions = [place for place, _ in _rows(document, *top, "by_decision")]
    for field in ("screenings", "cases"):
        figures.count((*top, field), *((*place, field) for place in decisions))
        figures.total((*top, field), [(*place, field) for place in decisions])
    for place, row in _rows(document, *top, "by_decision"):
        figures.derived((*place, "screenings"), (*place, "cases"))
        of_it = [door for door, each in _rows(document, *top, "by_front_door") if each["decision"] == row["decision"]]
        figures.count(*((*door, "cases") for door in of_it))
        figures.total((*place, "cases"), [(*door, "cases") for door in of_it])
    for block in ("by_front_door", "by_level_of_need"):
        for place, _ in _rows(document, *top, block):
            figures.count((*place, "cases"), (*place, "referred"))
            figures.part((*place, "referred"), (*place, "cases"))
    needs = [(*place, "cases") for place, _ in _rows(document, *top, "by_level_of_need")]
    figures.total((*top, "cases"), needs)
    for place, _ in _rows(document, *top, "by_reason"):
        figures.count((*place, "cases"))
        figures.part((*place, "cases"), (*top, "cases"))
    agreement: Place = ("agreement",)
    parents, agreed, fathers, of_fathers = (
        (*agreement, field) for field in ("parents", "agreed", "fathers", "fathers_agreed")
    )
    figures.count(parents, agreed, fathers, of_fathers)
    figures.cross(parents, agreed, fathers, of_fathers)
    figures.derived((*agreement, "share"), agreed, parents)
    figures.derived((*agreement, "fathers_share"), of_fathers, fathers)


def _referred(figures: Figures, document: Document) -> None:
    fields = ("referrals", "accepted", "declined", "started", "cases", "parents", "fathers")
    for place, _ in _rows(document, "referrals"):
        figures.count(*((*place, field) for field in fields))
        for field in fields[1:]:
            figures.derived((*place, field), (*place, "referrals"), (*place, "cases"))
        figures.derived((*place, "referrals"), (*place, "cases"))
        for part, whole in (("accepted", "referrals"), ("declined", "referrals"), ("started", "accepted")):
            figures.part((*place, part), (*place, whole))
        figures.part((*place, "fathers"), (*place, "parents"))


def _funnel(figures: Figures, document: Document) -> None:
    for place, _ in _rows(document, "areas"):
        figures.count(*((*place, field) for field in ("cases", "cases_referred")))
        figures.count(*((*place, f"{who}{step}") for who in ("", "fathers_") for step in _STEPS))
        figures.part((*place, "cases_referred"), (*place, "cases"))
        for before, step in pairwise(_STEPS):
            of_step = tuple((*place, name) for name in (before, step, f"fathers_{before}", f"fathers_{step}"))
            figures.cross(*of_step)
        figures.derived((*place, "started_share"), (*place, "started"), (*place, "referred"))
        figures.derived((*place, "completed_share"), (*place, "completed"), (*place, "started"))
        figures.derived((*place, "fathers_share"), (*place, "fathers_referred"), (*place, "referred"))
    rows = {row["step"]: place for place, row in _rows(document, "funnel")}
    for place, row in _rows(document, "funnel"):
        for who in ("parents", "fathers"):
            people = (*place, who, "people")
            figures.count(people)
            base = (*rows[row["share_of"]], who, "people") if row["share_of"] else people
            figures.derived((*place, who, "share"), people, base)
            figures.derived((*place, who, "share_of_referred"), people, (*rows["referred"], who, "people"))
    for place, row in _rows(document, "funnel"):
        if row["share_of"]:
            whole = rows[row["share_of"]]
            figures.cross(
                (*whole, "parents", "people"),
                (*place, "parents", "people"),
                (*whole, "fathers", "people"),
                (*place, "fathers", "people"),
            )
    for step in _STEPS:
        for who, field in (("parents", step), ("fathers", f"fathers_{step}")):
            areas = [(*place, field) for place, _ in _rows(document, "areas")]
            figures.total((*rows[step], who, "people"), areas)


def _around(figures: Figures, document: Document) -> None:
    for place, _ in _rows(document, "days"):
        figures.count((*place, "n"))
        figures.derived((*place, "median"), (*place, "n"))
        figures.derived((*place, "p90"), (*place, "n"))
    for place, _ in _rows(document, "endings"):
        figures.count((*place, "referred"), (*place, "not_referred"))
    for place, _ in _rows(document, "attendance"):
        _shared(figures, place, "expected", "attended")
        figures.count((*place, "sessions"))
    for place, _ in _rows(document, "beside"):
        figures.count(*((*place, field) for field in ("times", "cases", "parents", "fathers")))
        for field in ("times", "parents", "fathers"):
            figures.derived((*place, field), (*place, "cases"))
        figures.part((*place, "fathers"), (*place, "parents"))


def _shared(figures: Figures, place: Place, whole: str, step: str) -> None:
    """A row with how many of whom came to a step, fathers apart, and both shares."""
    counts = [(*place, field) for field in (whole, step, f"fathers_{whole}", f"fathers_{step}")]
    figures.count(*counts)
    figures.cross(*counts)
    figures.derived((*place, "share"), *counts[:2])
    figures.derived((*place, "fathers_share"), *counts[2:])


def _measures(figures: Figures, document: Document) -> None:
    for place, row in _rows(document, "measures"):
        n, whole, better, worse = (
            (*place, field) for field in ("n", "with_baseline", "reliably_better", "reliably_worse")
        )
        figures.count(n, whole, better, worse)
        figures.part(whole, n)
        figures.derived((*place, "mean"), n)
        figures.derived((*place, "mean_change"), whole)
        if row["reliably_better"] is not None:
            figures.part(better, whole)
            figures.part(worse, figures.part(better, whole))
            figures.part(worse, whole)
            _clinically(figures, place, whole, better, worse)
        for count in (better, worse):
            figures.derived((*place, f"{count[-1]}_share"), count, whole)
    sources = [(*place, "children") for place, _ in _rows(document, "childs_voice", "by_source")]
    children: Place = ("childs_voice", "children")
    figures.count(children, ("childs_voice", "sought"), *sources)
    figures.total(children, sources)
    unsought = [
        (*place, "children")
        for place, row in _rows(document, "childs_voice", "by_source")
        if row["views_source"] == "not-sought"
    ]
    figures.total(children, [("childs_voice", "sought"), *unsought])
    figures.count(*((*place, "people") for place, _ in _rows(document, "changes")))


def _clinically(figures: Figures, place: Place, whole: Place, better: Place, worse: Place) -> None:
    """The better are the recovered and the improved; with the unchanged and the worse they are everybody."""
    recovered, improved, unchanged = ((*place, field) for field in ("recovered", "improved", "unchanged"))
    figures.count(recovered, improved, unchanged)
    figures.total(whole, [better, unchanged, worse])
    if figures.value(recovered) is not None:
        figures.total(better, [recovered, improved])
        figures.total(whole, [recovered, improved, unchanged, worse])
    figures.derived((*place, "recovered_share"), recovered, whole)


def _afterwards(figures: Figures, document: Document) -> None:
    for place, _ in _rows(document, "follow_up"):
        _shared(figures, place, "asked", "answered")
    for place, _ in _rows(document, "came_again"):
        ended, again, same = ((*place, field) for field in ("ended", "again", "same_reason"))
        figures.count(ended, again, same)
        figures.part(again, ended)
        figures.part(same, again)
        figures.derived((*place, "share"), again, ended)
    rows = {row["months"]: place for place, row in _rows(document, "came_again")}
    if {6, 12} <= rows.keys():
        # Whose support ended a year ago, ended half a year ago too.
        figures.part((*rows[12], "ended"), (*rows[6], "ended"))


def _cost(figures: Figures, document: Document) -> None:
    whole: Place = ("cost", "total")
    rows = [place for place, _ in _rows(document, "cost", "by_service")]
    for place in (whole, *rows):
        figures.count(*((*place, field) for field in _COSTED))
        for part, of in (
            ("completed", "cases"), ("cases_without_price", "cases"), ("priced_completed", "completed")
        ):  # fmt: skip
            figures.part((*place, part), (*place, of))
        for money in _MONEY:
            figures.derived((*place, money), *((*place, field) for field in _COSTED))
    for field in _COSTED:
        figures.total((*whole, field), [(*place, field) for place in rows])
    # Prices are public: what was spent in all, without what was spent with the others, gives a provider's cases away.
    every = [(*place, field) for place in (whole, *rows) for field in _COSTED]
    for money in _MONEY:
        figures.derived((*whole, money), *every)
    for place, _ in _rows(document, "cost", "avoidable"):
        figures.count((*place, "completed"))
        for field in ("spent_pence", "as_many_as"):
            figures.derived((*place, field), (*place, "completed"), *every)
    for place, row in _rows(document, "cost", "worth"):
        figures.count(*((*place, field) for field in ("completed", "parents")))
        # The other areas' are what is left of all.
        for field in ("completed", "parents"):
            figures.part((*place, field), (*whole, f"priced_{field}"))
        for avoidable, each in _rows(document, "cost", "avoidable"):
            if each["area"] == row["area"]:
                figures.total((*place, "completed"), [(*avoidable, "completed")])
        for field in _WORTH:
            figures.derived((*place, field), (*place, "completed"), (*place, "parents"), *every)


def _training(figures: Figures, document: Document) -> None:
    for place, _ in _rows(document, "training", "quality"):
        for same in ("", "same_"):
            whole = (*place, f"{same}screenings")
            figures.count(whole)
            for part in ("referred", "complete"):
                count = (*place, f"{same}{part}")
                figures.count(count)
                figures.part(count, whole)
                figures.derived((*place, f"{same}{part}_share"), count, whole)


def _wholes(figures: Figures, document: Document) -> None:
    """What adds up to the same number in several blocks."""

    def of(field: str, *path: str) -> list[Place]:
        return [(*place, field) for place, _ in _rows(document, *path)]

    days = {(row["from"], row["to"]): (*place, "n") for place, row in _rows(document, "days")}
    agreed = days.get(("submitted", "agreed"))
    figures.total_of(
        "cases referred",
        of("cases_referred", "areas"),
        of("referred", "screenings", "by_front_door"),
        of("referred", "screenings", "by_level_of_need"),
        of("referred", "endings"),
        [agreed] if agreed else [],
    )
    figures.total_of("cases", [("screenings", "cases")], of("cases", "areas"))
    for answered, step in zip(of("answered", "follow_up"), ("answered-6-months", "answered-12-months"), strict=False):
        for place, each in _rows(document, "funnel"):
            if each["step"] == step:
                figures.total(answered, [(*place, "parents", "people")])
    figures.total(("screenings", "screenings"), of("screenings", "training", "quality"))
    for place, row in _rows(document, "cost", "by_service"):
        began = [
            (*each, "started")
            for each, referral in _rows(document, "referrals")
            if (referral["service"], referral["provider"]) == (row["service"], row["provider"])
        ]
        figures.total((*place, "cases"), began)
