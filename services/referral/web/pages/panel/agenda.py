"""One meeting: its agenda, who is there, the minutes to print, and how it ends."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.panel import Attendance
from services.referral.handlers import panel as handlers
from services.referral.handlers.errors import NotThereError
from services.referral.repository import panel, panel_pages
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened, require_meeting
from services.referral.web.pages import words as case_words
from services.referral.web.pages.asking import Sheet, ask, sheet_routes
from services.referral.web.pages.panel import words
from services.referral.web.provider.questions import Question
from shared.service.recording import concerns
from shared.web.pages import Pages, form_of

_AT = "/pages/panel/meetings/{meeting:uuid}"
_ENDINGS = {
    "close": (
        "closed",
        "Close the meeting",
        "The meeting is over. What it has not decided goes on the next agenda, before whatever is there.",
    ),
    "cancel": (
        "cancelled",
        "Cancel the meeting",
        "It does not take place. What is on its agenda goes on the next one.",
    ),
}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/panel/meetings/{meeting} and its minutes; GET and POST its attendance, close and cancel."""
    answering = words.answering(pages, words.at, "Look at the meeting")

    @pages.guarded
    @answering
    async def show(request: Request) -> Response:
        found = await meeting_of(pages, request)
        concerns(request, cases=[item["case_id"] for item in found["items"]])
        meeting = found["meeting"]
        return await pages.render(
            request,
            "panel_meeting.html",
            title="Panel meeting",
            words=case_words,
            steps=dict(words.STEPS),
            planned=meeting["status"] == "planned",
            status_text=words.STATUSES[meeting["status"]],
            **found,
        )

    @pages.guarded
    @answering
    async def minutes(request: Request) -> Response:
        found = await meeting_of(pages, request)
        decided = [item for item in found["items"] if item["decision"]]
        concerns(request, cases=[item["case_id"] for item in decided])
        items = await _minutes(pages, request, decided, found["names"])
        return await pages.render(
            request,
            "panel_minutes.html",
            title="Minutes of the panel",
            words=case_words,
            steps=dict(words.STEPS),
            **{**found, "items": items},
        )

    async def attendance(request: Request) -> Sheet:
        return _attendance(request, await meeting_of(pages, request))

    async def attend(request: Request, answers: dict[str, Any]) -> None:
        form = form_of(request)
        asked = form.read(Attendance, members=answers["members"])
        await handlers.attend(pages.context, request.path_params["meeting"], asked, key=form.key)

    def ending(name: str) -> list[Route]:
        status, title, lead = _ENDINGS[name]

        def sheet(request: Request) -> Sheet:
            at = words.at(request)
            return Sheet(title, title, f"{at}/{name}", at, "The meeting", lead=lead)

        @pages.guarded
        @answering
        async def sure(request: Request) -> Response:
            await require_meeting(pages.context, request, words.NO_MEETING)
            return await ask(pages, request, sheet(request))

        @pages.guarded
        @answering
        async def end(request: Request) -> Response:
            await require_meeting(pages.context, request, words.NO_MEETING)
            await handlers.end_meeting(pages.context, request.path_params["meeting"], status, key=form_of(request).key)
            return pages.to(words.at(request))

        return [Route(f"{_AT}/{name}", sure), Route(f"{_AT}/{name}", end, methods=["POST"])]

    return [
        Route(_AT, show),
        Route(f"{_AT}/minutes", minutes),
        *sheet_routes(pages, f"{_AT}/attendance", answering, attendance, attend),
        *ending("close"),
        *ending("cancel"),
    ]


async def meeting_of(pages: Pages, request: Request) -> dict[str, Any]:
    """The request's meeting with its agenda: the coordinator's, or as the member sees it whom `?member=` names.

    Raises NotThereError.
    """
    await require_meeting(pages.context, request, words.NO_MEETING)
    meeting_id: UUID = request.path_params["meeting"]
    async with snapshot(pages.context.pool) as connection:
        meeting = await panel.meeting(connection, meeting_id)
        if meeting is None:
            raise NotThereError(words.NO_MEETING)
        rows = await panel.members(connection, meeting["area"])
        member = member_of(request, {row["member_id"] for row in rows if row["retired_at"] is None})
        items = await panel.agenda(connection, meeting_id, member)
        refs = await panel_pages.family_refs(connection, meeting_id) if member is None else {}
        there = await panel_pages.attending(connection, meeting_id)
    members = await opened(pages.context, rows, "name")
    names = words.by_id(members, await pages.names.read())
    return {
        "meeting": meeting,
        "member": member,
        "names": names,
        "as_seen_by": [(str(row["member_id"]), names[row["member_id"]]) for row in members if not row["retired_at"]],
        "there": [names[row["member_id"]] for row in members if row["member_id"] in there],
        "not_there": [
            (str(row["member_id"]), names[row["member_id"]])
            for row in members
            if row["member_id"] not in there and not row["retired_at"]
        ],
        "items": [{**item, "family_ref": refs.get(item["case_id"], "")} for item in items],
    }


def member_of(request: Request, known: set[UUID]) -> UUID | None:
    """As which member of the panel a page is seen. Raises NotThereError for somebody who is not on it: what is withheld
    must not come into sight by a wrong address.
    """
    text = request.query_params.get("member", "")
    if not text:
        return None
    try:
        member = UUID(text)
    except ValueError:
        raise NotThereError(handlers.NO_MEMBER) from None
    if member not in known:
        raise NotThereError(handlers.NO_MEMBER)
    return member


async def _minutes(
    pages: Pages, request: Request, decided: list[dict[str, Any]], names: dict[UUID, str]
) -> list[dict[str, Any]]:
    meeting_id: UUID = request.path_params["meeting"]
    async with snapshot(pages.context.pool) as connection:
        found = await panel_pages.minutes(connection, meeting_id)
        views = {item["case_id"]: await panel.views(connection, meeting_id, item["case_id"]) for item in decided}
    texts = {row["case_id"]: row for row in await opened(pages.context, list(found.values()), "minutes")}
    items = []
    for item in decided:
        case_id = item["case_id"]
        written = await opened(pages.context, views[case_id], "words")
        items.append(
            {
                **item,
                "minutes": texts[case_id]["minutes"],
                "unreadable": bool(found[case_id]["minutes"]) and texts[case_id]["minutes"] is None,
                "spoke": names.get(texts[case_id]["decided_by"], ""),
                "views": [
                    {"who": names.get(view["member_id"], ""), "step": view["recommendation"], "words": view["words"]}
                    for view in written
                ],
            }
        )
    return items


def _attendance(request: Request, found: dict[str, Any]) -> Sheet:
    at = words.at(request)
    already = f" Already there: {'; '.join(found['there'])}." if found["there"] else ""
    return Sheet(
        "Who is there?",
        "Save who is there",
        to=f"{at}/attendance",
        back=at,
        back_text="The meeting",
        lead="Only who is recorded as being there can speak for the panel, and their agencies are counted. "
        f"Nobody is taken off the list again.{already}",
        questions=(
            Question(
                "members",
                "checkboxes",
                "Members who are at the meeting",
                "Select who is there",
                tuple(found["not_there"]),
                hint="Select all that apply.",
            ),
        ),
    )
