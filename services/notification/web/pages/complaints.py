"""For the area: what parents complain of on their own pages."""

from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.own_answers import OwnAnswers
from services.notification.repository import own_answers
from services.notification.repository.own_answers import Complaint, Reader
from shared.access.principal import Principal
from shared.access.roles import Role
from shared.privacy.sealing import CannotOpenError
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, check_reach
from shared.service.recording import concerns
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_ON_A_PAGE = 100
_NOTHING = "There is no such complaint, or it is not yours to see."


class _NotThereError(Exception):
    """There is no such complaint for whoever asks."""


def routes(pages: Pages, answers: OwnAnswers) -> list[Route]:
    """GET /pages/complaints, …/{complaint}; POST …/{complaint}/seen-to."""

    async def found(request: Request) -> Complaint:
        complaint_id: UUID = request.path_params["complaint"]
        belonging = partial(own_answers.complaint_belonging, complaint_id=complaint_id)
        await check_reach(request, pages.context.pool, belonging, _NotThereError())
        async with pages.context.pool.acquire() as connection:
            complaint = await own_answers.complaint(connection, _reader(request), complaint_id)
        if complaint is None:
            raise _NotThereError
        concerns(request, cases=[complaint.case_id], persons=[complaint.person_id])
        return complaint

    async def not_there(request: Request) -> Response:
        link = {"href": f"{pages.prefix}/pages/complaints", "text": "Go to the complaints"}
        return await pages.problem(request, 404, "Page not found", _NOTHING, link=link)

    @pages.guarded
    async def listed(request: Request) -> Response:
        async with pages.context.pool.acquire() as connection:
            shown = await own_answers.complaints(connection, _reader(request), limit=_ON_A_PAGE)
        concerns(request, cases=[each.case_id for each in shown])
        return await pages.render(
            request,
            "complaints.html",
            title="Complaints",
            complaints=[
                {
                    "complaint_id": each.complaint_id,
                    "made_at": each.made_at,
                    "area": each.area,
                    "seen_at": each.seen_at,
                }
                for each in shown
            ],
        )

    @pages.guarded
    async def one(request: Request) -> Response:
        try:
            complaint = await found(request)
        except _NotThereError:
            return await not_there(request)
        return await pages.render(
            request,
            "complaint.html",
            title="A parent's complaint",
            complaint_id=complaint.complaint_id,
            case_id=complaint.case_id,
            complained_at=complaint.made_at,
            words=await _words(pages, complaint),
            seen_at=complaint.seen_at,
            seen_by=complaint.seen_by,
            key=new_key(),
        )

    @pages.guarded
    async def seen_to(request: Request) -> Response:
        form = form_of(request)
        try:
            complaint = await found(request)
            # Where somebody else was first, the page says who.
            await answers.see_to(complaint.complaint_id, acting(request), form.key)
        except _NotThereError:
            return await not_there(request)
        except AlreadySentError:
            pass
        return pages.to(f"/pages/complaints/{request.path_params['complaint']}")

    at = "/pages/complaints/{complaint:uuid}"
    return [
        Route("/pages/complaints", listed),
        Route(at, one),
        Route(f"{at}/seen-to", seen_to, methods=["POST"]),
    ]


def _reader(request: Request) -> Reader:
    """Who asks: whoever is of the team does not read what may be about one of it, unless they lead it."""
    principal: Principal = request.state.visitor.principal
    roles = principal.roles
    return Reader(Role.AREA_ADMINISTRATOR in roles and Role.COORDINATOR not in roles, principal.email)


async def _words(pages: Pages, complaint: Complaint) -> str | None:
    """What the parent wrote; None where their key was erased."""
    keys = await pages.context.keyring.for_opening([complaint.words])
    try:
        content: Any = keys.open(complaint.words, complaint.complaint_id)
    except CannotOpenError:
        return None
    return str(content["words"])
