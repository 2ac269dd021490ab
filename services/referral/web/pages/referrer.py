"""The messages that a front door and an area's team write each other, as the front door's people see them."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.deciders.messages import has_referrer
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from services.referral.repository.messages import Parties
from services.referral.repository.reading import case_with_offers, snapshot
from services.referral.web import threads
from services.referral.web.answers import require_case
from services.referral.web.pages.reading import names_of
from services.referral.web.threads import Shown
from shared.service.form_keys import AlreadySentError
from shared.web.pages import Pages

_TRACKER = "/notification/pages/families"
_WARNING = (
    "If somebody is afraid or is being harmed, send a new screening or a safety concern at once: everything stops "
    "then. A message does not stop anything."
)


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/families/{id}/messages, and POST …/read."""

    def of_thread(do: Any) -> Any:
        @pages.guarded
        async def endpoint(request: Request) -> Response:
            case_id: UUID = request.path_params["id"]
            try:
                response: Response = await do(pages, request, await _shown(pages, request, case_id))
            except NotThereError:
                link = {"href": _TRACKER, "text": "Go to the families that you referred"}
                text = "There are no messages about such a family for you to read."
                return await pages.problem(request, 404, "Page not found", text, link=link)
            except AlreadySentError:
                return pages.to(f"/pages/families/{case_id}/messages")
            except ConflictError as error:
                link = {"href": f"{_TRACKER}/{case_id}", "text": "Look at the family"}
                return await pages.problem(request, 409, "This cannot be done now", str(error), link=link)
            return response

        return endpoint

    at = "/pages/families/{id:uuid}/messages"
    return [
        Route(at, of_thread(threads.show)),
        Route(at, of_thread(threads.write), methods=["POST"]),
        Route(f"{at}/read", of_thread(threads.mark_read), methods=["POST"]),
    ]


async def _shown(pages: Pages, request: Request, case_id: UUID) -> Shown:
    await require_case(pages.context, request, case_id)
    async with snapshot(pages.context.pool) as connection:
        known = await case_with_offers(connection, case_id)
    # A family that referred itself reads its own page, and nothing that is written about it here.
    if known is None or not has_referrer(known[0]) or known[0].family is None:
        raise UnknownCaseError
    case, called = known[0], names_of(known[0])
    return Shown(
        parties=Parties(case_id, case.agency),
        title="Messages with the area's team",
        caption=f"Family {case.family_ref}",
        at=f"/pages/families/{case_id}/messages",
        back=f"{_TRACKER}/{case_id}",
        back_text=f"Family {case.family_ref}",
        lead="The area's coordinators read this, and your colleagues who may see the family. Neither parent and no "
        "provider does.",
        warning=_WARNING,
        parents={parent.person_id: called[parent.person_id] for parent in known[0].family.parents},
        for_area=False,
        prefixed=False,
    )
