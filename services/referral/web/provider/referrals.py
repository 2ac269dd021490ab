"""The list of a provider's referrals, and the page of one."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.shown_to_provider import AT_WORK, ShownReferral, Stage
from services.referral.repository import provider_referrals
from services.referral.repository.reading import snapshot
from services.referral.web.provider import words
from services.referral.web.provider.answering import answering
from services.referral.web.provider.forms import FORMS
from services.referral.web.provider.reading import (
    called,
    line_of,
    next_of,
    person_rows,
    provider_of,
    referral_of,
    session_rows,
    shown_of,
)
from shared.service.recording import concerns
from shared.web.forms import new_key
from shared.web.pages import Pages

_ON_A_PAGE = 25


def routes(pages: Pages) -> list[Route]:
    """GET /pages/referrals and /pages/referrals/{referral}."""

    @pages.guarded
    @answering(pages)
    async def listed(request: Request) -> Response:
        provider, asked = provider_of(request), request.query_params.get("show", "")
        now = pages.context.clock.now()
        async with snapshot(pages.context.pool) as connection:
            out = await shown_of(connection, await provider_referrals.out(connection, provider))
            total = await provider_referrals.number_of_all(connection, provider)
            last = max(1, -(-total // _ON_A_PAGE))
            number = min(_page_of(request), last)
            groups = {
                "new": [each for each in out if each.stage is Stage.NEW],
                "working": [each for each in out if each.stage in AT_WORK],
            }
            show = asked if asked in (*groups, "all") else ("new" if groups["new"] else "working")
            if show == "all":
                first = (number - 1) * _ON_A_PAGE
                found = await provider_referrals.page_of_all(connection, provider, first, _ON_A_PAGE)
                rows = await shown_of(connection, found)
            else:
                rows = groups[show]
        concerns(request, cases=[each.case_id for each in rows])
        return await pages.render(
            request,
            "provider_referrals.html",
            title="Referrals",
            show=show,
            counts={"new": len(groups["new"]), "working": len(groups["working"]), "all": total},
            lines=[line_of(each, now) for each in rows],
            number=number,
            last=last if show == "all" else 1,
        )

    @pages.guarded
    @answering(pages)
    async def one(request: Request) -> Response:
        shown = await referral_of(pages.context, request)
        what, link = next_of(shown, pages.context.clock.now())
        return await pages.render(
            request,
            "provider_referral.html",
            title=called(shown),
            referral=_facts(shown),
            people=person_rows(shown),
            sessions=session_rows(shown),
            next={"what": what, "link": link},
            forms=[
                {"name": each.name, "title": each.title, "warning": each.warning}
                for each in FORMS
                if not each.of_session and each.name not in ("accept", "decline") and each.fits(shown, "")
            ],
            on_its_way=request.query_params.get("on") == "its-way",
            new_key=new_key,
        )

    return [Route("/pages/referrals", listed), Route("/pages/referrals/{referral:uuid}", one)]


def _facts(shown: ShownReferral) -> dict[str, object]:
    return {
        "referral_id": shown.referral_id,
        "service": words.service(shown.service),
        "offer": shown.offer,
        "area": shown.area,
        "agreed_at": shown.agreed_at,
        "stage": shown.stage.value,
        "stage_text": words.STAGES[shown.stage],
        "colour": words.COLOURS.get(shown.stage, ""),
        "newest": shown.newest,
        "may_attend": shown.stage in (Stage.ASSESSED, Stage.IN_SESSIONS),
    }


def _page_of(request: Request) -> int:
    number = request.query_params.get("page", "1")
    return max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1
