"""From whom on the panel a case is withheld, and why: declared and lifted."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.panel import Conflict
from services.referral.handlers import panel as handlers
from services.referral.repository import panel
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened
from services.referral.web.pages.answering import answering
from services.referral.web.pages.asking import Sheet, sheet_routes
from services.referral.web.pages.panel import words as panel_words
from services.referral.web.pages.reading import case_of
from services.referral.web.provider.questions import Question, choice
from shared.messaging.core.records import Finding
from shared.service.gate import acting
from shared.service.requests import InvalidRequestError
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_ONE_OF_THEM = "Select from whom, or enter an agency, and not both"
_REASONS = {
    "works-with-a-parent": "They work with a parent",
    "employs-a-parent": "They employ a parent",
    "knows-a-parent": "They know a parent",
    "a-parent-asked": "A parent asked for it",
}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/cases/{id}/conflicts; GET and POST its new; POST the lift of one."""

    @pages.guarded
    @answering(pages)
    async def listing(request: Request) -> Response:
        found = await _conflicts_of(pages, request)
        return await pages.render(
            request, "conflicts.html", title="Withheld from members of the panel", new_key=new_key, **found
        )

    async def sheet(request: Request) -> Sheet:
        return _sheet(await _conflicts_of(pages, request))

    async def add(request: Request, answers: dict[str, Any]) -> None:
        form, chosen, agency = form_of(request), answers.pop("who", ""), answers.pop("agency", "")
        if bool(chosen) == bool(agency):
            raise InvalidRequestError([Finding("agency", _ONE_OF_THEM)])
        kind, _, name = chosen.partition("/")
        agency = name if kind == "agency" else agency
        asked = form.read(Conflict, agency=agency, member=name if kind == "member" else "", **answers)
        await handlers.withhold(pages.context, request.path_params["id"], asked, acting(request), key=form.key)

    @pages.guarded
    @answering(pages)
    async def lift(request: Request) -> Response:
        case_id = request.path_params["id"]
        await case_of(pages.context, request)
        await handlers.lift(pages.context, case_id, request.path_params["conflict"], key=form_of(request).key)
        return pages.to(f"/pages/cases/{case_id}/conflicts")

    at = "/pages/cases/{id:uuid}/conflicts"
    return [
        Route(at, listing),
        *sheet_routes(pages, f"{at}/new", answering(pages), sheet, add),
        Route(f"{at}/{{conflict:uuid}}/lift", lift, methods=["POST"]),
    ]


async def _conflicts_of(pages: Pages, request: Request) -> dict[str, Any]:
    case, _ = await case_of(pages.context, request)
    async with snapshot(pages.context.pool) as connection:
        rows = await panel.conflicts(connection, case.case_id)
        members = await panel.members(connection, case.area)
    known = await opened(pages.context, members, "name")
    registered = await pages.names.read()
    names = panel_words.by_id(known, registered)
    current = [each for each in known if each["retired_at"] is None]
    return {
        "case_id": case.case_id,
        "family_ref": case.family_ref,
        "who": {
            **{
                f"agency/{agency}": f"Everybody from {registered.of('agency', agency)}"
                for agency in sorted({each["agency"] for each in current})
            },
            **{f"member/{each['member_id']}": names[each["member_id"]] for each in current},
        },
        "conflicts": [
            {
                "conflict_id": each["conflict_id"],
                "called": names.get(each["member_id"], "A former member")
                if each["member_id"]
                else registered.of("agency", each["agency"]),
                "why": _REASONS[each["reason"]],
                **{name: each[name] for name in ("recorded_at", "recorded_by", "lifted_at")},
            }
            for each in rows
        ],
    }


def _sheet(found: dict[str, Any]) -> Sheet:
    case_id: UUID = found["case_id"]
    at = f"/pages/cases/{case_id}/conflicts"
    return Sheet(
        "Withhold the case from somebody",
        "Withhold the case",
        to=f"{at}/new",
        back=at,
        back_text="Withheld from",
        caption=f"Family {found['family_ref']}",
        lead="For them the case is on no agenda, nothing shows that there is one, and they decide nothing about it.",
        questions=(
            *((choice("who", "From whom?", found["who"]),) if found["who"] else ()),
            Question(
                "agency",
                "line",
                "Or from an agency that nobody on the panel is from",
                hint="As it is written everywhere in Parley, such as county-police.",
            ),
            choice("reason", "Why?", _REASONS, "Select why it is withheld"),
        ),
    )
