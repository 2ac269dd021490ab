"""The list of a provider's referrals, and the page of one."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.shown_to_provider import AT_WORK, ShownReferral, Stage
from services.referral.domain.deciders import goals
from services.referral.domain.deciders.provider_team import HOLDABLE
from services.referral.domain.deciders.warning_notes import may_see_warnings
from services.referral.handlers.provider_team import Seen
from services.referral.repository import messages, provider_referrals, provider_team, warning_notes
from services.referral.repository.provider_referrals import Wanted
from services.referral.repository.reading import snapshot
from services.referral.web.provider import words
from services.referral.web.provider.answering import answering
from services.referral.web.provider.forms import FORMS
from services.referral.web.provider.measures import measure_rows
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
from services.referral.web.provider.warnings import manages
from services.referral.web.views import views_of
from shared.service.gate import acting
from shared.service.recording import concerns
from shared.web.forms import new_key
from shared.web.pages import Pages

_ON_A_PAGE = 25
_NEW, _WORKING = Wanted(frozenset({Stage.NEW})), Wanted(AT_WORK)
# Whose work was stopped keeps it in sight until they put it away.
_MINE = Wanted(HOLDABLE | {Stage.STOPPED})


def routes(pages: Pages) -> list[Route]:
    """GET /pages/referrals and /pages/referrals/{referral}."""

    seen = Seen(pages.context)

    @pages.guarded
    @answering(pages)
    async def listed(request: Request) -> Response:
        provider, me, asked = provider_of(request), acting(request), request.query_params
        await seen.came(provider, me)
        now = pages.context.clock.now()
        groups = {"new": _NEW, "mine": _MINE._replace(worker=me), "working": _WORKING}
        async with snapshot(pages.context.pool) as connection:
            counts = {
                name: len(await provider_referrals.all_of(connection, provider, wanted))
                for name, wanted in groups.items()
            }
            counts["all"] = await provider_referrals.number_of_all(connection, provider)
            show = asked.get("show", "")
            if show not in counts:
                show = next((name for name in ("new", "mine") if counts[name]), "working")
            state = asked.get("state", "") if show == "all" and asked.get("state", "") in set(Stage) else ""
            wanted = groups.get(show) or Wanted(frozenset({Stage(state)} if state else Stage), newest_first=True)
            after = _id_of(asked.get("after", ""))
            lines = await provider_referrals.page(connection, provider, wanted, after=after, most=_ON_A_PAGE + 1)
            more, lines = len(lines) > _ON_A_PAGE, lines[:_ON_A_PAGE]
            rows = await shown_of(connection, provider_referrals.pairs(lines))
            unread = await messages.unread_of_referrals(connection, [line.referral_id for line in lines])
        concerns(request, cases=[each.case_id for each in rows])
        workers = {line.referral_id: line.worker or "" for line in lines}
        return await pages.render(
            request,
            "provider_referrals.html",
            title="Referrals",
            show=show,
            state=state,
            states={stage.value: text for stage, text in words.STAGES.items()},
            counts=counts,
            me=me,
            lines=[
                line_of(each, now) | {"worker": workers[each.referral_id], "unread": unread.get(each.referral_id, 0)}
                for each in rows
            ],
            later=after is not None,
            after=lines[-1].referral_id if more else "",
        )

    @pages.guarded
    @answering(pages)
    async def one(request: Request) -> Response:
        shown = await referral_of(pages.context, request)
        what, link = next_of(shown, pages.context.clock.now())
        async with snapshot(pages.context.pool) as connection:
            worker = await provider_team.worker_of(connection, shown.referral_id)
            sees = may_see_warnings(shown, worker, acting(request), manages=manages(request))
            known = await warning_notes.of_referral(connection, shown.referral_id) if sees else []
            unread = await messages.unread_of_referrals(connection, [shown.referral_id])
        return await pages.render(
            request,
            "provider_referral.html",
            title=called(shown),
            referral=_facts(shown) | {"area": shown.area, "worker": worker or ""},
            has_goals=goals.may_see(shown),
            me=acting(request),
            may_give=manages(request),
            may_see_warnings=sees,
            warnings=len(known),
            unread=unread.get(shown.referral_id, 0),
            people=person_rows(shown),
            sessions=session_rows(shown),
            measures=measure_rows(shown),
            views=await views_of(
                pages.context,
                shown.case_id,
                {each.person_id: each.called for each in shown.parents},
                words.CHANGES,
                shown.referral_id,
            ),
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
        "agreed_at": shown.agreed_at,
        "stage": shown.stage.value,
        "stage_text": words.STAGES[shown.stage],
        "colour": words.COLOURS.get(shown.stage, ""),
        "newest": shown.newest,
        "in_hand": shown.stage in HOLDABLE and shown.newest,
        "may_attend": shown.stage in (Stage.ASSESSED, Stage.IN_SESSIONS),
    }


def _id_of(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None
