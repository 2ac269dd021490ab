"""What each of a family wants to be different: agreed at the assessment, scored at the end."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.goals import Goal, NoGoalsNowError, may_agree, may_see
from services.referral.handlers import goals as handlers
from services.referral.repository import goals
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened
from services.referral.web.provider.answering import answering
from services.referral.web.provider.reading import called, referral_of
from shared.messaging.core.records import Finding
from shared.service.gate import acting
from shared.service.recording import concerns
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_AT = "/pages/referrals/{referral:uuid}/goals"


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/referrals/{referral}/goals; POST …/goals/{goal}/score."""

    @pages.guarded
    @answering(pages)
    async def show(request: Request) -> Response:
        return await _page(pages, request, await referral_of(pages.context, request))

    @pages.guarded
    @answering(pages)
    async def agree(request: Request) -> Response:
        shown, form = await referral_of(pages.context, request), form_of(request)
        goal = Goal(_id_of(form.get("person")), form.get("text"), form.get("at_start"))
        try:
            await handlers.agree(pages.context, shown.referral_id, goal, acting(request), form.key)
        except InvalidCommandError as error:
            return await _page(pages, request, shown, Finding(error.field, error.rule))
        return pages.to(f"/pages/referrals/{shown.referral_id}/goals")

    @pages.guarded
    @answering(pages)
    async def score(request: Request) -> Response:
        shown, form, goal_id = await referral_of(pages.context, request), form_of(request), request.path_params["goal"]
        try:
            await handlers.score(
                pages.context, shown.referral_id, goal_id, form.get("at_end"), acting(request), form.key
            )
        except InvalidCommandError as error:
            return await _page(pages, request, shown, Finding(error.field, error.rule))
        return pages.to(f"/pages/referrals/{shown.referral_id}/goals")

    return [
        Route(_AT, show),
        Route(_AT, agree, methods=["POST"]),
        Route(f"{_AT}/{{goal:uuid}}/score", score, methods=["POST"]),
    ]


async def _page(pages: Pages, request: Request, shown: ShownReferral, wrong: Finding | None = None) -> Response:
    if not may_see(shown):
        raise NoGoalsNowError
    async with snapshot(pages.context.pool) as connection:
        rows = await opened(pages.context, await goals.of_referral(connection, shown.referral_id), "text")
    concerns(request, persons=[row["person_id"] for row in rows])
    form = form_of(request) if wrong else None
    return await pages.render(
        request,
        "provider_goals.html",
        422 if wrong else 200,
        title="Goals",
        referral={"referral_id": shown.referral_id, "called": called(shown)},
        people=[
            {
                "called": each.called,
                "goals": [
                    {
                        **{name: row[name] for name in ("goal_id", "at_start", "at", "at_end", "scored_at")},
                        "words": row["text"]["words"] if row["text"] else None,
                    }
                    for row in rows
                    if row["person_id"] == each.person_id
                ],
            }
            for each in shown.people
        ],
        may_agree=may_agree(shown),
        choices=[(str(each.person_id), each.called) for each in shown.taking_part],
        typed={name: form.get(name) if form else "" for name in ("person", "text", "at_start", "at_end")},
        problems=Problems.of_texts({wrong.field: wrong.rule} if wrong else {}),
        new_key=new_key,
    )


def _id_of(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
