"""What the operator lets everybody know: the form for it, and what is shown now, later and no more."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.notices import InvalidNoticeError, Standing, Wanted, standing_of
from services.administration.handlers.notices import NoSuchNoticeError, Notices
from services.administration.repository import notices as queries
from shared.contracts.administration import NoticeKind
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting
from shared.web.forms import Form, Problems, new_key
from shared.web.pages import Pages, form_of

_LONDON = ZoneInfo("Europe/London")
_DAY = re.compile(r"(\d{1,2})[/. ](\d{1,2})[/. ](\d{4})")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_FIELDS = ("title", "text", "from_day", "from_time", "until_day", "until_time")
_MOST = 50
KINDS = {
    NoticeKind.DOWNTIME: "A time in which Parley is not there, or slower",
    NoticeKind.NEWS: "Something new in Parley",
}
_STANDINGS: dict[Standing, tuple[str, str]] = {
    "now": ("Shown now", "govuk-tag--green"),
    "to-come": ("To come", "govuk-tag--blue"),
    "over": ("Over", "govuk-tag--grey"),
}


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/notices; POST the end of one."""
    commands = Notices(pages.context)

    @pages.guarded
    async def show(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    async def set_one(request: Request) -> Response:
        form = form_of(request)
        try:
            await commands.set(_wanted(form), acting(request), form.key)
        except AlreadySentError:
            pass  # A double click, or a lost answer: it is set, and counts once.
        except InvalidNoticeError as error:
            return await _page(pages, request, error)
        return pages.to("/pages/notices", done="set")

    @pages.guarded
    async def end(request: Request) -> Response:
        try:
            await commands.end(request.path_params["id"], acting(request))
        except NoSuchNoticeError:
            return await pages.problem(request, 404, "Page not found", "There is no such message.")
        return pages.to("/pages/notices", done="ended")

    return [
        Route("/pages/notices", show),
        Route("/pages/notices", set_one, methods=["POST"]),
        Route("/pages/notices/{id:uuid}/end", end, methods=["POST"]),
    ]


async def _page(pages: Pages, request: Request, error: InvalidNoticeError | None = None) -> Response:
    form = form_of(request) if error else Form()
    async with pages.context.pool.acquire() as connection:
        rows = await queries.listing(connection, _MOST)
    found = error.findings if error else ()
    return await pages.render(
        request,
        "notices.html",
        422 if error else 200,
        title="Messages on every page",
        kinds={kind.value: text for kind, text in KINDS.items()},
        typed={name: form.get(name) for name in ("kind", *_FIELDS)},
        lines=[_line(row) for row in rows],
        done="" if error else request.query_params.get("done", ""),
        problems=Problems.of_texts(dict(found)),
        key=form.get("key") if error else new_key(),
    )


def _wanted(form: Form) -> Wanted:
    """What the form asks for. Raises InvalidNoticeError where a day or a time is none."""
    kind = None
    with suppress(ValueError):
        kind = NoticeKind(form.get("kind"))
    found = [
        (name, f"Enter the day {name} when it is shown, and the time, such as 30/11/2026 and 6:30pm")
        for name in ("from", "until")
        if (form.get(f"{name}_day") or form.get(f"{name}_time")) and _time_of(form, name) is None
    ]
    if found:
        raise InvalidNoticeError(found)
    return Wanted(kind, form.get("title"), form.get("text"), _time_of(form, "from"), _time_of(form, "until"))


def _time_of(form: Form, name: str) -> datetime | None:
    """A day and a time as somebody in England writes them; None where one of them is none."""
    day, time = _DAY.fullmatch(form.get(f"{name}_day")), _TIME.fullmatch(form.get(f"{name}_time"))
    if day is None or time is None:
        return None
    hour, half = int(time[1]), (time[3] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    with suppress(ValueError):
        here = datetime(int(day[3]), int(day[2]), int(day[1]), hour, int(time[2] or 0), tzinfo=_LONDON)
        return here.astimezone(UTC)
    return None


def _line(row: dict[str, Any]) -> dict[str, Any]:
    standing = standing_of(row["shown_from"], row["shown_until"], datetime.now(UTC))
    text, colour = _STANDINGS[standing]
    kept = ("notice_id", "title", "text", "shown_from", "shown_until", "set_at", "set_by")
    kind = "Downtime" if row["kind"] == NoticeKind.DOWNTIME else "What is new"
    return {name: row[name] for name in kept} | {"kind": kind, "over": standing == "over", "is": text, "colour": colour}
