"""Messages of a case for its area's team: with the front door and each provider, on pages apart; what is unread."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.case import Case
from services.referral.domain.case.shown_to_provider import shown_to_provider
from services.referral.domain.deciders.messages import goes_on, has_referrer
from services.referral.handlers.errors import NotThereError
from services.referral.repository import messages
from services.referral.repository.messages import Parties
from services.referral.repository.reading import snapshot
from services.referral.web import threads
from services.referral.web.pages.answering import answering
from services.referral.web.pages.reading import case_alone, names_of
from services.referral.web.threads import Shown
from shared.service.gate import reach_of
from shared.service.recording import concerns
from shared.web.directory_names import Names
from shared.web.pages import Pages

_MOST = 100
_FOR_FRONT_DOOR = (
    "Write nothing that another front door or a provider has told of this family, and nothing of one parent that this "
    "agency does not need."
)
_FOR_PROVIDER = (
    "Write no sign of abuse here, nor a suspicion of one: stop the case instead. The provider works with both parents."
)
_CLOSED = "The provider is written to only while it has the family. It reads none of this now."
_SELF = "This family referred itself, or may have: there is no front door to write to."


def routes(pages: Pages) -> list[Route]:
    """GET /pages/messages; of each thread of a case GET and POST, and POST …/read."""

    @pages.guarded
    async def unread(request: Request) -> Response:
        areas = reach_of(request).whole_areas or []
        async with snapshot(pages.context.pool) as connection:
            rows = await messages.waiting(connection, areas, _MOST)
        concerns(request, cases=[row["case_id"] for row in rows])
        return await pages.render(
            request, "messages.html", title="Messages", threads=[_unread_line(row) for row in rows], most=_MOST
        )

    return [
        Route("/pages/messages", unread),
        *threads.routes(pages, "/pages/cases/{id:uuid}/messages", _shown, answering(pages)),
        *threads.routes(pages, "/pages/cases/{id:uuid}/referrals/{referral:uuid}/messages", _shown, answering(pages)),
    ]


async def _shown(pages: Pages, request: Request) -> Shown:
    referral_id: UUID | None = request.path_params.get("referral")
    case = await case_alone(pages.context, request)
    names = await pages.names.read()
    return _of_referrer(case, names) if referral_id is None else _of_provider(case, referral_id, names)


def _of_referrer(case: Case, names: Names) -> Shown:
    return Shown(
        parties=Parties(case.case_id, case.agency),
        title="Messages with the front door",
        caption=f"Family {case.family_ref}, {names.of('agency', case.agency)}",
        at=f"/pages/cases/{case.case_id}/messages",
        back=f"/pages/cases/{case.case_id}",
        back_text=f"Family {case.family_ref}",
        lead="Everybody of this agency who may see the family reads this. No provider does.",
        warning=_FOR_FRONT_DOOR,
        parents=_parents(case),
        for_area=True,
        closed="" if has_referrer(case) else _SELF,
    )


def _of_provider(case: Case, referral_id: UUID, names: Names) -> Shown:
    referral = next((each for each in case.referrals if each.referral_id == referral_id), None)
    if referral is None:
        raise NotThereError("This case has no such referral.")
    shown = shown_to_provider(case, referral)
    called = names_of(case)
    return Shown(
        parties=Parties(case.case_id, None, referral_id, referral.provider),
        title="Messages with the provider",
        caption=f"Family {case.family_ref}, {names.of('provider', referral.provider)}",
        at=f"/pages/cases/{case.case_id}/referrals/{referral_id}/messages",
        back=f"/pages/cases/{case.case_id}",
        back_text=f"Family {case.family_ref}",
        lead="Everybody of this provider reads this while it has the family. The front door does not.",
        warning=_FOR_PROVIDER,
        parents={each.person_id: called.get(each.person_id, each.called) for each in shown.parents},
        for_area=True,
        closed="" if goes_on(shown) else _CLOSED,
    )


def _parents(case: Case) -> dict[UUID, str]:
    called = names_of(case)
    return {parent.person_id: called[parent.person_id] for parent in case.family.parents} if case.family else {}


def _unread_line(row: dict[str, Any]) -> dict[str, Any]:
    under = f"/referrals/{row['referral_id']}" if row["referral_id"] else ""
    return {
        **{name: row[name] for name in ("case_id", "family_ref", "at")},
        "href": f"/pages/cases/{row['case_id']}{under}/messages",
        "party": row["agency"] or row["provider"],
        "kind": "front door" if row["agency"] else "provider",
        "unread": row["area_unread"],
    }
