"""The worklist in an order, read a page at a time: which stretches of lines a page is made of, and from where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.referral.domain.safety.urgency import Urgency, stretches


class Order(StrEnum):
    """In which order the lines are shown."""

    URGENCY = "urgency"
    OLDEST = "oldest"
    NEWEST = "newest"
    DUE = "due"

    @property
    def descends(self) -> bool:
        """Whether what came last is shown first."""
        return self is Order.NEWEST


class Place(NamedTuple):
    """Where a line stands in an order: a page goes on from here. `at` is when it began to wait, or when it is due."""

    rank: int
    at: datetime
    case_id: UUID


class Bound(NamedTuple):
    """A line of one stretch, or where a line would stand."""

    since: datetime
    case_id: UUID


_NO_CASE = UUID(int=0)
_FIRST = Bound(datetime.min.replace(tzinfo=UTC), _NO_CASE)
_LAST = Bound(datetime.max.replace(tzinfo=UTC), _NO_CASE)


@dataclass(frozen=True, slots=True)
class Span:
    """Lines of an area, of one lasting urgency, between two bounds (neither included). All of `rank` stand before all
    of the next; among them they stand by when they began to wait, put off by `shift`.
    """

    area: str
    rank: int
    lasting: Urgency
    shift: timedelta
    after: Bound
    before: Bound


def due_at(since: datetime, limit_days: int) -> datetime:
    """When a line has waited as long as its area allows."""
    return since + timedelta(days=limit_days)


def spans(
    limits: Mapping[str, int],
    now: datetime,
    order: Order,
    *,
    only: Urgency | None = None,
    come_from: Place | None = None,
    forward: bool = True,
) -> list[Span]:
    """What a page is read from. `limits` are the days of each area; `come_from` is the line that the page goes on
    after, or comes before where it does not go `forward`; `only` those that are so urgent now.
    """
    found = [span for area, days in limits.items() for span in _of_area(area, days, now, order, only)]
    if come_from is None:
        return found
    # In an order that descends, what is shown next began before.
    upward = forward is not order.descends
    return [part for span in found if (part := _beyond(span, come_from, upward=upward)) is not None]


def _of_area(area: str, days: int, now: datetime, order: Order, only: Urgency | None) -> Iterator[Span]:
    for each in stretches(days, now):
        if only in (None, each.urgency):
            yield Span(
                area,
                each.urgency if order is Order.URGENCY else 0,
                each.lasting,
                timedelta(days=days) if order is Order.DUE else timedelta(),
                Bound(each.begin, _NO_CASE) if each.begin else _FIRST,
                Bound(each.end, _NO_CASE) if each.end else _LAST,
            )


def _beyond(span: Span, place: Place, *, upward: bool) -> Span | None:
    """What of a span is beyond a place; None where nothing is."""
    if span.rank != place.rank:
        return span if (span.rank > place.rank) is upward else None
    here = Bound(place.at - span.shift, place.case_id)
    after, before = (max(span.after, here), span.before) if upward else (span.after, min(span.before, here))
    return Span(span.area, span.rank, span.lasting, span.shift, after, before) if after < before else None
