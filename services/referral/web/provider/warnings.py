"""Practical warnings about a family, for whoever of the provider has it in hand."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.warning_notes import NotOnTheCaseError, may_see_warnings
from services.referral.handlers import warning_notes as handlers
from services.referral.handlers.warning_notes import Worker
from services.referral.repository import provider_team, warning_notes
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened
from services.referral.web.provider.answering import answering
from services.referral.web.provider.questions import Question
from services.referral.web.provider.reading import called, referral_of
from shared.access.roles import Role
from shared.messaging.core.records import Finding
from shared.service.gate import acting
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_REVIEW = Question("review", "date", "When do you look at it again?")


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/referrals/{referral}/warnings; POST …/warnings/{note}/end."""

    @pages.guarded
    @answering(pages)
    async def show(request: Request) -> Response:
        return await _page(pages, request, await referral_of(pages.context, request))

    @pages.guarded
    @answering(pages)
    async def add(request: Request) -> Response:
        shown, form = await referral_of(pages.context, request), form_of(request)
        try:
            review_on = _REVIEW.read(form)
            await handlers.warn(pages.context, shown.referral_id, form.get("text"), review_on, _by(request))
        except InvalidCommandError as error:
            return await _page(pages, request, shown, Finding(error.field, error.rule))
        except ValueError as error:
            return await _page(pages, request, shown, Finding("review", str(error)))
        return pages.to(f"/pages/referrals/{shown.referral_id}/warnings")

    @pages.guarded
    @answering(pages)
    async def end(request: Request) -> Response:
        shown = await referral_of(pages.context, request)
        await handlers.end(pages.context, shown.referral_id, request.path_params["note"], _by(request))
        return pages.to(f"/pages/referrals/{shown.referral_id}/warnings")

    at = "/pages/referrals/{referral:uuid}/warnings"
    return [
        Route(at, show),
        Route(at, add, methods=["POST"]),
        Route(f"{at}/{{note:uuid}}/end", end, methods=["POST"]),
    ]


def manages(request: Request) -> bool:
    """Whether whoever asks manages the provider."""
    return Role.PROVIDER_MANAGER in request.state.visitor.principal.roles


def _by(request: Request) -> Worker:
    return Worker(acting(request), manages(request), form_of(request).key)


async def _page(pages: Pages, request: Request, shown: ShownReferral, wrong: Finding | None = None) -> Response:
    async with snapshot(pages.context.pool) as connection:
        holder = await provider_team.worker_of(connection, shown.referral_id)
        if not may_see_warnings(shown, holder, acting(request), manages=manages(request)):
            raise NotOnTheCaseError
        rows = await warning_notes.of_referral(connection, shown.referral_id)
    today = pages.context.clock.now().date()
    form = form_of(request) if wrong else None
    return await pages.render(
        request,
        "provider_warnings.html",
        422 if wrong else 200,
        title="Warnings",
        referral={"referral_id": shown.referral_id, "called": called(shown)},
        warnings=[
            {
                **{name: row[name] for name in ("note_id", "text", "review_on", "who", "at")},
                "overdue": row["review_on"] <= today,
            }
            for row in await opened(pages.context, rows, "text")
        ],
        typed=form.get("text") if form else "",
        review=[form.get(f"review-{part}") if form else "" for part in ("day", "month", "year")],
        problems=Problems.of_texts({wrong.field: wrong.rule} if wrong else {}),
        new_key=new_key,
    )
