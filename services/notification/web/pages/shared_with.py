"""For the coordinator: how a case's provider is reached, and who of it opened whose details."""

from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.repository import openings
from services.notification.web.pages.referrals import REASONS
from shared.access.scopes import Belonging
from shared.postgres.connection import Connection
from shared.service.gate import check_reach
from shared.service.recording import concerns
from shared.web.pages import Pages

_WAITS = {
    "end-of-hold": "Waits for the end of the hold",
    "earlier-referral-not-ended": "Waits for the end of an earlier referral",
    "parent-details": "Waits for the parents' details",
    "parent-details-erased": "Cannot go out: a parent's details were erased",
    "coordinator-to-look-first": "Waits for a coordinator to look at the people first",
    "provider-not-in-directory": "Waits: the provider is not in the directory",
    "provider-without-usable-key": "Waits: the provider has no key, and does not read in the pages",
}
_NOTHING = "Nothing of this case was to go to a provider."


class _NotThereError(Exception):
    """There is no such case for whoever asks."""


def routes(pages: Pages) -> list[Route]:
    """GET /pages/cases/{id}/shared."""

    @pages.guarded
    async def shared(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        try:
            await check_reach(request, pages.context.pool, partial(_belonging, case_id=case_id), _NotThereError())
        except _NotThereError:
            link = {"href": f"/referral/pages/cases/{case_id}", "text": "Go to the case"}
            return await pages.problem(request, 404, "Page not found", _NOTHING, link=link)
        async with pages.context.pool.acquire() as connection:
            referrals = await openings.reading_of(connection, case_id)
            opened = await openings.openings_of(connection, case_id)
        names = {each["referral_id"]: each["name"] for each in referrals}
        concerns(request, persons={each.person_id for each in opened})
        return await pages.render(
            request,
            "shared_with.html",
            title="What the provider has",
            case_id=case_id,
            referrals=[_line(each) for each in referrals],
            openings=[
                {
                    "at": each.at,
                    "who": each.who,
                    "name": names.get(each.referral_id, ""),
                    "why": next((text for code, text in REASONS.items() if code == each.reason), each.reason),
                }
                for each in opened
            ],
        )

    return [Route("/pages/cases/{id:uuid}/shared", shared)]


async def _belonging(connection: Connection, case_id: UUID) -> Belonging | None:
    areas = await openings.areas_of(connection, case_id)
    return Belonging.of(areas) if areas else None


def _line(each: dict[str, Any]) -> dict[str, Any]:
    where = "Reads in Parley's pages" if each["reads_pages"] else "Reads its own topic"
    parents = f"{each['parents']} {'parent' if each['parents'] == 1 else 'parents'}"
    if each["waits_for"]:
        state = _WAITS.get(each["waits_for"], "Waits")
    elif each["offers"] <= each["stops"]:
        state = "Was told to stop" if each["offers"] else "Was not sent"
    elif each["ended_sequence"] > -1:
        state = f"Ended; had the details of {parents}"
    else:
        state = f"It is there: the details of {parents}"
    return {"referral_id": each["referral_id"], "name": each["name"], "reached": where, "state": state}
