"""When an area's panel meets: listed for its members too, planned by the coordinator."""

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.panel import Schedule
from services.referral.handlers import panel as handlers
from services.referral.repository import panel
from services.referral.web.pages.asking import Sheet, ask, give
from services.referral.web.pages.panel import words
from services.referral.web.provider.questions import Question
from shared.access.actions import Action
from shared.access.table import is_allowed
from shared.messaging.core.records import Finding
from shared.service.gate import check_area
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages, form_of


def routes(pages: Pages) -> list[Route]:
    """GET /pages/panel; GET and POST /pages/panel/plan."""
    answering = words.answering(pages, lambda _request: "/pages/panel", "Look at the meetings")

    @pages.guarded
    async def listing(request: Request) -> Response:
        area, areas = area_of(request)
        found = []
        if area:
            async with pages.context.pool.acquire() as connection:
                found = await panel.meetings(connection, area)
        today = pages.context.clock.now().date()
        return await pages.render(
            request,
            "panel.html",
            title="The panel",
            area=area,
            areas=areas,
            coming=[_shown(each, today) for each in reversed(found) if each["status"] == "planned"],
            over=[_shown(each, today) for each in found if each["status"] != "planned"],
            plans=is_allowed(request.state.caller, Action.PANEL_MEETINGS_PLAN),
        )

    @pages.guarded
    async def plan(request: Request) -> Response:
        return await ask(pages, request, await _sheet(pages, area_of(request)[0]))

    @pages.guarded
    @answering
    async def planned(request: Request) -> Response:
        form = form_of(request)
        area = form.get("area")
        check_area(request, area)

        async def do(answers: dict[str, Any]) -> None:
            asked = form.read(
                Schedule,
                area=area,
                first=answers["first"],
                meetings=_number(answers, "meetings", 1, 52),
                every_days=_number(answers, "every_days", 1, 365),
            )
            await handlers.schedule(pages.context, asked, key=form.key)

        return await give(pages, request, await _sheet(pages, area), do)

    return [
        Route("/pages/panel", listing),
        Route("/pages/panel/plan", plan),
        Route("/pages/panel/plan", planned, methods=["POST"]),
    ]


def area_of(request: Request) -> tuple[str, list[str]]:
    """Which area's panel is asked for, and those that whoever looks may ask for. The first, where none is named."""
    areas = sorted(request.state.visitor.principal.areas)
    area = request.query_params.get("area", "")
    return (area if area in areas else areas[0] if areas else ""), areas


async def _sheet(pages: Pages, area: str) -> Sheet:
    async with pages.context.pool.acquire() as connection:
        every_days, _ = await panel.settings(connection, area)
    names = await pages.names.read()
    return Sheet(
        "Plan meetings",
        "Plan the meetings",
        to="/pages/panel/plan",
        back=f"/pages/panel?area={area}",
        back_text="The panel",
        caption=names.of("area", area),
        lead="What waits for a meeting goes on the agenda of the next one, the longest waiting first. A day that has a "
        "meeting keeps it.",
        hidden={"area": area},
        questions=(
            Question("first", "date", "When is the first meeting?", "Enter the day of the first meeting"),
            Question("meetings", "line", "How many meetings?", "Enter how many meetings, such as 6", given=("1",)),
            Question(
                "every_days",
                "line",
                "How many days from one meeting to the next?",
                "Enter how many days, such as 14",
                given=(str(every_days),),
            ),
        ),
    )


def _number(answers: dict[str, Any], name: str, least: int, most: int) -> int:
    text = str(answers[name])
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if not least <= number <= most:
        raise InvalidRequestError([Finding(name, f"Enter a number from {least} to {most}")])
    return number


def _shown(meeting: dict[str, Any], today: date) -> dict[str, Any]:
    late = meeting["status"] == "planned" and meeting["held_on"] < today
    return {**meeting, "status_text": words.STATUSES[meeting["status"]], "late": late}
