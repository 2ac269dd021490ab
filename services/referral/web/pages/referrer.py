"""The messages that a front door and an area's team write each other, as the front door's people see them."""

from functools import wraps

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.deciders.messages import has_referrer
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from services.referral.repository.messages import Parties
from services.referral.web import threads
from services.referral.web.pages.reading import case_alone, names_of
from services.referral.web.threads import Shown
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.web.pages import Pages

_TRACKER = "/notification/pages/families"
_WARNING = (
    "If somebody is afraid or is being harmed, send a new screening or a safety concern at once: everything stops "
    "then. A message does not stop anything."
)


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/families/{id}/messages, and POST …/read."""

    def answering(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            case_id = request.path_params["id"]
            try:
                return await endpoint(request)
            except NotThereError:
                link = {"href": _TRACKER, "text": "Go to the families that you referred"}
                text = "There are no messages about such a family for you to read."
                return await pages.problem(request, 404, "Page not found", text, link=link)
            except AlreadySentError:
                return pages.to(f"/pages/families/{case_id}/messages")
            except ConflictError as error:
                link = {"href": f"{_TRACKER}/{case_id}", "text": "Look at the family"}
                return await pages.problem(request, 409, "This cannot be done now", str(error), link=link)

        return answered

    return threads.routes(pages, "/pages/families/{id:uuid}/messages", _shown, answering)


async def _shown(pages: Pages, request: Request) -> Shown:
    case = await case_alone(pages.context, request)
    # A family that referred itself reads its own page, and nothing that is written about it here.
    if not has_referrer(case) or case.family is None:
        raise UnknownCaseError
    called = names_of(case)
    return Shown(
        parties=Parties(case.case_id, case.agency),
        title="Messages with the area's team",
        caption=f"Family {case.family_ref}",
        at=f"/pages/families/{case.case_id}/messages",
        back=f"{_TRACKER}/{case.case_id}",
        back_text=f"Family {case.family_ref}",
        lead="The area's coordinators read this, and your colleagues who may see the family. Neither parent and no "
        "provider does.",
        warning=_WARNING,
        parents={parent.person_id: called[parent.person_id] for parent in case.family.parents},
        for_area=False,
        prefixed=False,
    )
