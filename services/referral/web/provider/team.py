"""Who of the provider's people has a referral in hand: taken, given back, or given by a manager."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.provider_team import Given, seen_since
from services.referral.handlers import provider_team as handlers
from services.referral.handlers.emergencies import WALL
from services.referral.repository import provider_team
from services.referral.repository.reading import snapshot
from services.referral.web.pages.handles import handle_of, whom
from services.referral.web.provider.answering import answering
from services.referral.web.provider.reading import called, referral_of
from shared.service.gate import acting
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_NOBODY = "nobody"


def routes(pages: Pages) -> list[Route]:
    """POST /pages/referrals/{referral}/take and /give-back; GET and POST /pages/referrals/{referral}/assign."""

    @pages.guarded
    @answering(pages)
    async def take(request: Request) -> Response:
        shown = await referral_of(pages.context, request)
        await handlers.take(pages.context, shown.referral_id, acting(request), key=form_of(request).key)
        return pages.to(f"/pages/referrals/{shown.referral_id}")

    @pages.guarded
    @answering(pages)
    async def give_back(request: Request) -> Response:
        shown = await referral_of(pages.context, request)
        await handlers.give_back(pages.context, shown.referral_id, acting(request), key=form_of(request).key)
        return pages.to(f"/pages/referrals/{shown.referral_id}")

    @pages.guarded
    @answering(pages)
    async def ask(request: Request) -> Response:
        return await _page(pages, request, await referral_of(pages.context, request))

    @pages.guarded
    @answering(pages)
    async def give(request: Request) -> Response:
        shown, form = await referral_of(pages.context, request), form_of(request)
        chosen = form.get("worker")
        if not chosen:
            return await _page(pages, request, shown, "Select who has the referral in hand")
        given = Given(
            by=acting(request),
            to=None if chosen == _NOBODY else whom(chosen),
            held_by=whom(form.get("held_by")) or None,
        )
        try:
            await handlers.give(pages.context, shown.referral_id, given, key=form.key)
        except InvalidCommandError as error:
            return await _page(pages, request, shown, error.rule)
        return pages.to(f"/pages/referrals/{shown.referral_id}")

    at = "/pages/referrals/{referral:uuid}"
    return [
        Route(f"{at}/take", take, methods=["POST"]),
        Route(f"{at}/give-back", give_back, methods=["POST"]),
        Route(f"{at}/assign", ask),
        Route(f"{at}/assign", give, methods=["POST"]),
    ]


async def _page(pages: Pages, request: Request, shown: ShownReferral, wrong: str = "") -> Response:
    async with snapshot(pages.context.pool) as connection:
        people = await provider_team.people(connection, shown.provider, seen_since(WALL.now()))
        holder = await provider_team.worker_of(connection, shown.referral_id)
    listed = list(dict.fromkeys([*([holder] if holder else []), *people]))
    return await pages.render(
        request,
        "provider_assign.html",
        422 if wrong else 200,
        title="Who has it in hand?",
        referral={"referral_id": shown.referral_id, "called": called(shown)},
        people=[{"handle": handle_of(each), "name": each} for each in listed],
        held_by=handle_of(holder) if holder else "",
        problems=Problems.of_texts({"worker": wrong} if wrong else {}),
        key=new_key(),
    )
