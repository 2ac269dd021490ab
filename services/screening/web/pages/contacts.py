"""How each parent of a case is reached. What is confidential is closed, and shown once to whoever says why."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.contact_openings import OpenContact, OpeningReason
from services.screening.handlers import contacts as handlers
from services.screening.handlers.contacts import NotThereError
from services.screening.web.contacts import require_case
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting
from shared.service.recording import because, concerns
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_REASONS = {
    OpeningReason.ARRANGE_SAFE_CONTACT: "To arrange how they are contacted safely",
    OpeningReason.CHECK_SAFE_CONTACT: "To check that a way of contact is safe",
    OpeningReason.PROVIDER_CANNOT_REACH: "A provider cannot reach them",
    OpeningReason.SAFETY_CONCERN: "Somebody may be at risk now",
    OpeningReason.LEGAL_DUTY: "A court order or another legal duty",
    OpeningReason.ASKED_BY_THE_PARENT: "They asked for it themselves",
}
_MISSING = {"reason": "Select why you open it", "words": "Enter in your own words why you open it"}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/cases/{id}/contacts; POST /pages/cases/{id}/people/{person}/contact/open."""

    @pages.guarded
    async def listed(request: Request) -> Response:
        try:
            case_id = await require_case(pages.context, request)
        except NotThereError as error:
            return await _not_there(pages, request, error)
        return await _page(pages, request, case_id)

    @pages.guarded
    async def opened(request: Request) -> Response:
        form, person = form_of(request), request.path_params["person"]
        concerns(request, persons=[person])
        try:
            case_id = await require_case(pages.context, request)
            asked = form.read(OpenContact, reason=form.get("reason"), words=form.get("words"))
            because(request, asked.reason)
            found = await handlers.open_contact(pages.context, case_id, person, asked, acting(request), key=form.key)
        except NotThereError as error:
            return await _not_there(pages, request, error)
        except AlreadySentError:
            # It was shown once. Whoever wants to see it again says why again.
            return pages.to(f"/pages/cases/{request.path_params['id']}/contacts")
        except InvalidRequestError as error:
            return await _page(pages, request, case_id, problems=Problems(error.findings, _MISSING), about=person)
        return await _page(pages, request, case_id, found=found)

    at = "/pages/cases/{id:uuid}"
    return [
        Route(f"{at}/contacts", listed),
        Route(f"{at}/people/{{person:uuid}}/contact/open", opened, methods=["POST"]),
    ]


async def _page(
    pages: Pages,
    request: Request,
    case_id: UUID,
    *,
    found: dict[str, Any] | None = None,
    problems: Problems | None = None,
    about: UUID | None = None,
) -> Response:
    """The parents, of whom `found` was just opened; `about` is whose form could not be taken."""
    parents = await handlers.closed(pages.context, case_id)
    if found:
        parents = [found if each["person_id"] == found["person_id"] else each for each in parents]
    response = await pages.render(
        request,
        "contacts.html",
        422 if problems else 200,
        title="Contacts",
        case_id=case_id,
        parents=[{**each, "called": _called(each["role"])} for each in parents],
        opened=found["person_id"] if found else None,
        about=about,
        problems=problems or Problems(),
        typed={name: form_of(request).get(name) if problems else "" for name in ("reason", "words")},
        reasons={reason.value: text for reason, text in _REASONS.items()},
        new_key=new_key,
    )
    concerns(request, persons=[each["person_id"] for each in parents])
    return response


async def _not_there(pages: Pages, request: Request, error: NotThereError) -> Response:
    link = {"href": "/referral/pages/worklist", "text": "Go to the worklist"}
    return await pages.problem(request, 404, "Page not found", str(error), link=link)


def _called(role: str | None) -> str:
    text = (role or "parent").replace("-", " ")
    return text[:1].upper() + text[1:]
