"""One thread of messages as a page: the same for the area's team, a front door and a provider, each with its own."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.messages import Message, concerns
from services.referral.handlers import messages as handlers
from services.referral.handlers.messages import Writer
from services.referral.repository import messages
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened
from shared.messaging.core.records import Finding
from shared.service.answers import Endpoint
from shared.service.gate import acting
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_FAMILY = "the-family"
_LONGEST_NUMBER = 9


@dataclass(frozen=True)
class Shown:
    """A thread as one side sees it: with whom it is, in words, and about whom a message may be.

    `parents` are those by whom messages are sorted out, with what each is called; `of_all` shows those of others too,
    which is the area's team alone. `closed` says why nothing can be written now, and is empty where it can.
    """

    parties: messages.Parties
    title: str
    caption: str
    at: str
    back: str
    back_text: str
    lead: str
    warning: str
    parents: Mapping[UUID, str]
    for_area: bool
    closed: str = ""
    prefixed: bool = True

    @property
    def referral_id(self) -> UUID | None:
        """The referral that it is under; None for the front door's."""
        return self.parties.referral_id


def routes(
    pages: Pages,
    at: str,
    shown_of: Callable[[Pages, Request], Awaitable[Shown]],
    answering: Callable[[Endpoint], Endpoint],
) -> list[Route]:
    """GET and POST of a thread's page, and POST of its read. `answering` answers in words what cannot be done."""

    def endpoint_of(do: Callable[[Pages, Request, Shown], Awaitable[Response]]) -> Endpoint:
        @pages.guarded
        @answering
        async def endpoint(request: Request) -> Response:
            return await do(pages, request, await shown_of(pages, request))

        return endpoint

    return [
        Route(at, endpoint_of(show)),
        Route(at, endpoint_of(write), methods=["POST"]),
        Route(f"{at}/read", endpoint_of(mark_read), methods=["POST"]),
    ]


async def show(pages: Pages, request: Request, shown: Shown, wrong: Finding | None = None) -> Response:
    """The page of a thread; after a form that could not be taken, with what is wrong and what was typed."""
    async with snapshot(pages.context.pool) as connection:
        rows = await messages.of_thread(connection, shown.parties.thread_id)
        counts = await messages.counts_of(connection, shown.parties.thread_id)
    # Up to the last, shown or not: what is of a parent whom this side is not shown any more would be unread for ever.
    seen = rows[-1]["number"] if rows else 0
    rows = [row for row in rows if shown.for_area or concerns(row["about"], shown.parents)]
    unread = counts.area_unread if shown.for_area else counts.party_unread
    form = form_of(request) if wrong else None
    return await pages.render(
        request,
        "message_thread.html",
        422 if wrong else 200,
        title=shown.title,
        caption=shown.caption,
        to=f"{pages.prefix}{shown.at}",
        back=f"{pages.prefix if shown.prefixed else ''}{shown.back}",
        back_text=shown.back_text,
        lead=shown.lead,
        warning=shown.warning,
        closed=shown.closed,
        messages=[_line(row, shown) for row in await opened(pages.context, rows, "text")],
        unread=unread,
        seen=seen,
        abouts=[(_FAMILY, "The family"), *((str(key), text) for key, text in shown.parents.items())],
        chosen=(form.get("about") if form else "") or _FAMILY,
        typed=form.get("text") if form else "",
        problems=Problems.of_texts({wrong.field: wrong.rule} if wrong else {}),
        # A front door hears nothing of what else changes in the case.
        follows=shown.prefixed,
        new_key=new_key,
    )


async def write(pages: Pages, request: Request, shown: Shown) -> Response:
    """Writes what a form of the page has, and shows the thread again."""
    form = form_of(request)
    try:
        message = Message(form.get("text"), _about(form.get("about")), _number(form.get("seen")))
        await handlers.write(pages.context, shown.parties.case_id, message, _by(request, shown), shown.referral_id)
    except InvalidCommandError as error:
        return await show(pages, request, shown, Finding(error.field, error.rule))
    return pages.to(shown.at)


async def mark_read(pages: Pages, request: Request, shown: Shown) -> Response:
    """Marks as read what the page showed."""
    seen = _number(form_of(request).get("seen"))
    await handlers.mark_read(pages.context, shown.parties.case_id, seen, _by(request, shown), shown.referral_id)
    return pages.to(shown.at)


def _by(request: Request, shown: Shown) -> Writer:
    return Writer(acting(request), shown.for_area, form_of(request).key)


def _about(given: str) -> UUID | None:
    if given in ("", _FAMILY):
        return None
    try:
        return UUID(given)
    except ValueError:
        raise InvalidCommandError("about", "Select whom it is about") from None


def _number(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) <= _LONGEST_NUMBER else 0


def _line(row: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    # Who of the area's team wrote is the team's own affair; it answers as one.
    by = row["who"] if shown.for_area or not row["by_area"] else "The area's team"
    about = shown.parents.get(row["about"], "Somebody no longer named") if row["about"] else ""
    return {"by": by, "at": row["at"], "about": about, "text": row["text"]}
