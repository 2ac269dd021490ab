"""A case at the panel: what each member thinks, and what the panel decides."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case import reasons
from services.referral.domain.deciders.panel import PanelDecision, View
from services.referral.handlers import panel_items
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.panel_items import NOT_ON_AGENDA
from services.referral.repository import panel, panel_pages
from services.referral.repository.reading import case_with_offers, snapshot
from services.referral.web.answers import opened
from services.referral.web.offers import listed
from services.referral.web.pages import words as case_words
from services.referral.web.pages.asked import in_order
from services.referral.web.pages.asking import Sheet, ask, give, sheet_routes
from services.referral.web.pages.panel import words
from services.referral.web.pages.panel.agenda import meeting_of
from services.referral.web.pages.reading import offers_to_choose
from services.referral.web.provider.questions import Question, choice
from shared.contracts.base import Sealed
from shared.web.pages import Pages, form_of

_AT = "/pages/panel/meetings/{meeting:uuid}/cases/{case:uuid}"
_BUTTONS = {
    "agree": "The panel agrees",
    "return": "The panel returns it",
    "refuse": "The panel declines it",
    "specialist-pathway": "Stop the case now",
}
_LEADS = {
    "agree": "The referral goes to the provider at once.",
    "return": "The referrer is told what is missing, and the case comes back to the panel.",
    "refuse": "The referrer is told the reason, and that they may send the family again when it changes.",
    "specialist-pathway": "Every case of this family stops at once and stays stopped. A provider is told to stop and "
    "not why; nothing is said to the other parent. It takes no number of agencies, and no proof.",
}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/panel/meetings/{meeting}/cases/{case}; GET and POST its view and its decision."""
    answering = words.answering(pages, at, "Look at the case at the panel")

    @pages.guarded
    @answering
    async def show(request: Request) -> Response:
        found = await _item_of(pages, request)
        return await pages.render(
            request,
            "panel_item.html",
            title=found["called"],
            words=case_words,
            steps=dict(words.STEPS),
            open=_is_open(found),
            **found,
        )

    async def view(request: Request) -> Sheet:
        return _view(request, await _item_of(pages, request))

    async def viewed(request: Request, answers: dict[str, Any]) -> None:
        form, meeting, case = form_of(request), request.path_params["meeting"], request.path_params["case"]
        await panel_items.give_view(pages.context, meeting, case, form.read(View, **answers), key=form.key)

    @pages.guarded
    @answering
    async def decision(request: Request) -> Response:
        found = await _item_of(pages, request)
        return await ask(pages, request, await _decision(pages, request, found, request.query_params.get("step", "")))

    @pages.guarded
    @answering
    async def decided(request: Request) -> Response:
        form, found = form_of(request), await _item_of(pages, request)

        async def do(answers: dict[str, Any]) -> None:
            meeting, case = request.path_params["meeting"], request.path_params["case"]
            asked = form.read(PanelDecision, decision=form.get("decision"), **answers)
            await panel_items.decide_item(pages.context, meeting, case, asked, key=form.key)

        return await give(pages, request, await _decision(pages, request, found, form.get("decision")), do)

    return [
        Route(_AT, show),
        *sheet_routes(pages, f"{_AT}/view", answering, view, viewed),
        Route(f"{_AT}/decision", decision),
        Route(f"{_AT}/decision", decided, methods=["POST"]),
    ]


def at(request: Request) -> str:
    """The address of the page of the request's case at the panel."""
    return f"{words.at(request)}/cases/{request.path_params['case']}"


async def _item_of(pages: Pages, request: Request) -> dict[str, Any]:
    """The request's case at its meeting, as the coordinator or a member sees it. Raises NotThereError."""
    found = await meeting_of(pages, request)
    case_id: UUID = request.path_params["case"]
    meeting, member = found["meeting"], found["member"]
    line = next((item for item in found["items"] if item["case_id"] == case_id), None)
    async with snapshot(pages.context.pool) as connection:
        item = await panel.item(connection, meeting["meeting_id"], case_id, member)
        if item is None or line is None:
            raise NotThereError(NOT_ON_AGENDA)
        views = await panel.views(connection, meeting["meeting_id"], case_id)
        able = await panel_pages.able(connection, meeting["area"], case_id)
        there = await panel_pages.attending(connection, meeting["meeting_id"])
        withheld = await panel.conflicts(connection, case_id) if member is None else []
    item["minutes"] = Sealed.model_validate(item["minutes"]) if item["minutes"] else None
    [item] = await opened(pages.context, [item], "minutes")
    names: Mapping[UUID, str] = found["names"]
    registered = await pages.names.read()
    who = {str(each): name for each, name in names.items() if each in able}
    return {
        "meeting": meeting,
        "member": member,
        "item": {**line, "minutes": item["minutes"], "spoke": names.get(item["decided_by"], "")},
        "called": f"Family {line['family_ref']}" if line["family_ref"] else f"Case {line['number']}",
        "views": [
            {
                "who": names.get(each["member_id"], ""),
                "step": each["recommendation"],
                "words": each["words"],
                "at": each["at"],
            }
            for each in await opened(pages.context, views, "words")
        ],
        "able": who,
        "there": {each: name for each, name in who.items() if UUID(each) in there},
        "withheld": [
            names.get(each["member_id"], "") or registered.of("agency", each["agency"])
            for each in withheld
            if each["lifted_at"] is None
        ],
    }


def _is_open(found: Mapping[str, Any]) -> bool:
    """Whether the meeting may still decide about the case."""
    return found["meeting"]["status"] == "planned" and not found["item"]["decision"]


def _view(request: Request, found: dict[str, Any]) -> Sheet:
    return Sheet(
        "Record a member's view",
        "Save the view",
        to=f"{at(request)}/view",
        back=at(request),
        back_text=found["called"],
        caption=found["called"],
        lead="Each member's newest view counts. While one of them recommends specialist support, nobody can agree "
        "the case.",
        questions=(
            choice("member", "Whose view is it?", found["able"], "Select whose view it is"),
            choice("recommendation", "What do they recommend?", words.STEPS, "Select what they recommend"),
            Question("words", "words", "In their own words (optional)", hint="Members who may see the case read it."),
        ),
    )


async def _decision(pages: Pages, request: Request, found: dict[str, Any], step: str) -> Sheet:
    if step not in words.STEPS:
        raise NotThereError("There is no such decision.")
    return Sheet(
        words.STEPS[step],
        _BUTTONS[step],
        to=f"{at(request)}/decision",
        back=at(request),
        back_text=found["called"],
        caption=found["called"],
        lead=_LEADS[step],
        warning=step == "specialist-pathway",
        hidden={"decision": step},
        questions=(
            choice(
                "member",
                "Who speaks for the panel?",
                found["there"],
                "Select who speaks for the panel",
                hint="" if found["there"] else "Nobody is recorded as being there. Record who is there first.",
            ),
            *await _about(pages, request, step),
            Question(
                "minutes", "words", "Minutes (optional)", hint="Sealed with the case. They are not sent to anybody."
            ),
        ),
    )


async def _about(pages: Pages, request: Request, step: str) -> tuple[Question, ...]:
    """What a decision asks for besides who and why."""
    match step:
        case "agree":
            offers = await _offers(pages, request.path_params["case"])
            return (choice("offer", "Which offer?", offers, "Select an offer"),)
        case "return":
            codes = in_order(frozenset(map(str, reasons.MISSING)), "other-information")
            items = tuple((code, case_words.sentence(case_words.worded(code))) for code in codes)
            return (Question("missing", "checkboxes", "What is missing?", "Select what is missing", items),)
        case "refuse":
            codes = in_order(reasons.REFUSALS, "other")
            why = {code: case_words.sentence(case_words.worded(code)) for code in codes}
            return (choice("reason", "Why?", why, "Select why the panel declines it"),)
        case _:
            return ()


async def _offers(pages: Pages, case_id: UUID) -> dict[str, str]:
    async with snapshot(pages.context.pool) as connection:
        known = await case_with_offers(connection, case_id)
    if known is None:
        raise NotThereError(NOT_ON_AGENDA)
    choices, names = offers_to_choose(listed(pages.context, *known)), await pages.names.read()
    return {
        each["offer"]: f"{case_words.sentence(case_words.worded(each['service']))}: "
        f"{names.of('offer', each['offer'])}, {names.of('provider', each['provider'])}"
        + (f". You decide all the same: {', '.join(each['against'])}" if each["against"] else "")
        for each in choices
        if each["choose"]
    }
