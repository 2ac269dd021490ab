"""The worklist as a page: safety first, then what else waits and why, in the order that is asked for."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.safety.urgency import Urgency
from services.referral.domain.safety.worklist_order import Order, Place, due_at, spans
from services.referral.handlers import worklist as handlers
from services.referral.handlers.colleagues import Noted
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.errors import NotThereError
from services.referral.repository import colleagues, emergencies, messages, refused_records, signs, step_ups
from services.referral.repository import worklist as queries
from services.referral.repository.reading import snapshot
from services.referral.web.pages import words
from services.referral.web.pages.worklist_asked import ORDERS, STATES, URGENCIES, WHOSE, Asked, mark_of
from services.referral.web.worklist import line_of
from shared.postgres.connection import Connection
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.web.pages import Pages

ON_A_PAGE = 25
_ALERTS = 10
_COUNTED = 500
_FOUND_BY_NAME = 100


def routes(pages: Pages) -> list[Route]:
    """GET /pages/worklist; POST /pages/unmatched-signs/{agency}/{id}/seen-to."""

    noted = Noted(pages.context)

    @pages.guarded
    async def worklist(request: Request) -> Response:
        asked, me = Asked.of(request), acting(request)
        within = reach_of(request).whole_areas or []
        now = pages.context.clock.now()
        await noted.came(me, within)
        async with snapshot(pages.context.pool) as connection:
            covered = await colleagues.covered_by(connection, me, WALL.now().date())
            found = await _found(connection, asked, within, [me, *covered], now)
            unmatched = await signs.waiting(connection, within)
            overdue = await emergencies.overdue(connection, within, WALL.now())
            agencies = await queries.agencies(connection)
            most = _COUNTED if asked.every_step_up else _ALERTS
            waiting_there = await step_ups.unacknowledged(connection, within, most)
            number_there = await step_ups.number_unacknowledged(connection, within)
            not_in = await refused_records.number(connection, within)
            unread = await messages.number_waiting(connection, within)
        concerns(request, cases=[UUID(str(line["case_id"])) for line in (*found.alerts, *found.lines, *found.others)])
        return await pages.render(
            request,
            "worklist.html",
            title="Worklist",
            asked=asked.shown(),
            is_narrowed=asked.is_narrowed,
            groups={code: text for code, (text, _) in words.GROUPS.items() if code != "safety"},
            safety=found.safety,
            alerts=found.alerts,
            number=found.number,
            counted=_COUNTED,
            lines=found.lines,
            others=found.others,
            following=found.following,
            preceding=found.preceding,
            areas=within,
            agencies=agencies,
            me=me,
            covered=covered,
            sorts={order.value: text for order, text in ORDERS.items()},
            whose=WHOSE,
            states=STATES,
            urgencies=URGENCIES,
            unmatched=unmatched,
            reviews_overdue=overdue,
            unread=unread,
            not_in=not_in,
            step_ups=[
                {
                    **{name: each[name] for name in ("case_id", "family_ref", "area")},
                    "days": max(0, (now - each["at"]).days),
                }
                for each in waiting_there
            ],
            step_ups_number=number_there,
            every_step_up=asked.every_step_up,
        )

    @pages.guarded
    async def sign_seen_to(request: Request) -> Response:
        agency, contact_id = request.path_params["agency"], request.path_params["id"]
        areas = reach_of(request).whole_areas
        # Where somebody else was quicker, or the family came, the worklist shows what is so now.
        with suppress(NotThereError):
            await handlers.see_to_sign(pages.context, agency, contact_id, acting(request), areas)
        return pages.to("/pages/worklist")

    return [
        Route("/pages/worklist", worklist),
        Route("/pages/unmatched-signs/{agency}/{id:uuid}/seen-to", sign_seen_to, methods=["POST"]),
    ]


@dataclass
class _Found:
    """What a page of the worklist shows. `others`: cases of the name that is searched for which wait for nobody."""

    safety: int
    alerts: list[dict[str, Any]]
    lines: list[dict[str, Any]] = field(default_factory=list)
    others: list[dict[str, Any]] = field(default_factory=list)
    number: int = 0
    following: str = ""
    preceding: str = ""


async def _found(
    connection: Connection, asked: Asked, within: Sequence[str], mine: Sequence[str], now: datetime
) -> _Found:
    limits = await queries.limits(connection, within)
    # What concerns somebody's safety comes first on every page, whatever the filter leaves out.
    urgent = spans(limits, now, Order.URGENCY, only=Urgency.IMMEDIATE)
    first = [] if asked.is_of_safety_alone else await queries.lines(connection, urgent, queries.Narrowed(), _ALERTS)
    safety = await queries.number(connection, urgent, queries.Narrowed(), _COUNTED)
    alerts = await _lines(connection, first, limits, now)
    found = _Found(safety, alerts)
    if asked.q:
        await _by_name(connection, found, asked, mine, limits, now)
        return found
    narrowed = asked.narrowed(mine, [place.case_id for place in first])
    wanted = {area: limits[area] for area in asked.areas(within)}
    page = await _page(connection, found, asked, narrowed, wanted, now)
    found.lines = await _lines(connection, page, limits, now)
    found.number = await queries.number(
        connection, spans(wanted, now, asked.sort, only=asked.only), narrowed, _COUNTED + 1
    )
    return found


async def _page(
    connection: Connection,
    found: _Found,
    asked: Asked,
    narrowed: queries.Narrowed,
    limits: Mapping[str, int],
    now: datetime,
) -> list[Place]:
    """The lines of the page that is asked for, and where the pages before and after it begin."""
    beyond = spans(limits, now, asked.sort, only=asked.only, come_from=asked.come_from, forward=asked.forward)
    descending = asked.sort.descends is asked.forward
    page = await queries.lines(connection, beyond, narrowed, ON_A_PAGE + 1, descending=descending)
    more, page = len(page) > ON_A_PAGE, page[:ON_A_PAGE]
    if not asked.forward:
        page.reverse()
    if not page:
        return []
    came_from = asked.come_from is not None
    if more or not asked.forward:
        found.following = mark_of(page[-1])
    if came_from and (more or asked.forward):
        found.preceding = mark_of(page[0])
    return page


async def _by_name(
    connection: Connection,
    found: _Found,
    asked: Asked,
    mine: Sequence[str],
    limits: Mapping[str, int],
    now: datetime,
) -> None:
    """The cases of a reference: those that wait, and those that do not, which the filter says nothing of."""
    named = await queries.named(connection, asked.q, asked.areas(list(limits)), _FOUND_BY_NAME)
    rows = await queries.shown(connection, named)
    waiting = {case_id: row for case_id, row in rows.items() if row["waiting_reason"]}
    found.others = [_known(row) for case_id in named if (row := rows.get(case_id)) and case_id not in waiting]
    unread = await messages.unread_of_cases(connection, list(waiting))
    placed = [_line(row, limits, now) for row in waiting.values() if _is_wanted(row, asked, mine)]
    placed = [(place, {**line, "unread": unread.get(UUID(str(line["case_id"])), 0)}) for place, line in placed]
    if asked.only is not None:
        placed = [(place, line) for place, line in placed if place[0] is asked.only]
    sort_keys = {Order.DUE: "due_at", Order.OLDEST: "waiting_since", Order.NEWEST: "waiting_since"}
    placed.sort(key=lambda each: each[0])
    if name := sort_keys.get(asked.sort):
        placed.sort(key=lambda each: each[1][name], reverse=asked.sort.descends)
    found.lines = [line for _, line in placed]
    found.number = len(placed)


def _is_wanted(row: Mapping[str, Any], asked: Asked, mine: Sequence[str]) -> bool:
    narrowed = asked.narrowed(mine)
    holder = row["coordinator"]
    if narrowed.held_by is not None and holder not in (narrowed.held_by or (None,)):
        return False
    if narrowed.others_than is not None and (holder is None or holder in narrowed.others_than):
        return False
    return (
        narrowed.state in (None, row["state"])
        and narrowed.agency in (None, row["agency"])
        and (narrowed.reasons is None or row["waiting_reason"] in narrowed.reasons)
    )


async def _lines(
    connection: Connection, places: Iterable[Place], limits: Mapping[str, int], now: datetime
) -> list[dict[str, Any]]:
    ids = [place.case_id for place in places]
    rows = await queries.shown(connection, ids) if ids else {}
    unread = await messages.unread_of_cases(connection, ids) if ids else {}
    return [{**_line(rows[each], limits, now)[1], "unread": unread.get(each, 0)} for each in ids]


def _line(row: Mapping[str, Any], limits: Mapping[str, int], now: datetime) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A line with its place, in words."""
    days = limits[row["area"]]
    place, line = line_of({**row, "limit_days": days}, now)
    urgency = Urgency[line["urgency"].upper()]
    text, colour = words.URGENCIES[urgency]
    due = due_at(line["waiting_since"], days)
    return place, {
        **line,
        "age": max(0, (now - line["opened_at"]).days) if line["opened_at"] else None,
        "due_at": due,
        "is_overdue": due <= now,
        "waits_for": words.waiting(line["waiting_reason"]),
        "state_text": words.state(line["state"]),
        "urgency_text": text,
        "urgency_colour": colour,
        "because": [words.urgent_because(each) for each in line["urgency_reasons"]],
    }


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    """A case that waits for nobody."""
    return {
        **{name: row[name] for name in ("case_id", "area", "agency", "family_ref")},
        "state_text": words.state(row["state"]),
    }
