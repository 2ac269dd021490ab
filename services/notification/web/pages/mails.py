"""How Parley writes to whoever is signed in: chosen by themselves, except for what concerns somebody's safety."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.domain.mail_choices import FIRST_OFFERED, Chooser, When, chosen
from services.notification.handlers import mail_choices as handlers
from shared.access.principal import Principal
from shared.access.roles import Role
from shared.contracts.practitioners import practitioner_id
from shared.privacy.sealing import CannotOpenError
from shared.service.gate import acting
from shared.web.pages import Pages, form_of

_MISSING = "Select how you want to be written to"
_ERASED = "What Parley knew of you was erased, so it cannot keep your address. Ask whoever administers your area"
_FRONT_DOOR = frozenset({Role.PRACTITIONER, Role.TEAM_MANAGER})
_PROVIDER = frozenset({Role.PROVIDER_WORKER, Role.PROVIDER_MANAGER})
_LEGENDS = {
    "messages": "Messages from your area's team",
    "training": "Your own training: your place, what you are asked after it, and certificates",
    "overdue": "What is overdue",
}
_WHEN = {
    When.AT_ONCE: "At once, each by itself",
    When.DIGEST: "In the list of the week, on Monday at eight",
    When.NONE: "Not at all: I look for myself",
}


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/mails."""

    @pages.guarded
    async def show(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    async def choose(request: Request) -> Response:
        principal, chooser, form = _principal(request), chooser_of(request), form_of(request)
        before = await handlers.of_person(pages.context, chooser) or FIRST_OFFERED
        choices = chosen(before, chooser.kinds, {kind: form.get(kind) for kind in chooser.kinds})
        if choices is None or not principal.email:
            return await _page(pages, request, problem=_MISSING)
        try:
            await handlers.choose(pages.context, chooser, choices, principal.name, principal.email)
        except CannotOpenError:
            # Their name was erased, and with it the key under which an address would be kept.
            return await _page(pages, request, problem=_ERASED)
        return pages.to("/pages/mails", done="saved")

    return [Route("/pages/mails", show), Route("/pages/mails", choose, methods=["POST"])]


async def _page(pages: Pages, request: Request, problem: str = "") -> Response:
    principal, chooser = _principal(request), chooser_of(request)
    saved = await handlers.of_person(pages.context, chooser)
    choices = saved or FIRST_OFFERED
    typed = {kind: form_of(request).get(kind) for kind in chooser.kinds} if problem else {}
    questions = [
        {
            "name": kind,
            "legend": _LEGENDS[kind],
            "given": typed.get(kind) or str(getattr(choices, kind)),
            "options": {
                when.value: text for when, text in _WHEN.items() if kind != "overdue" or when is not When.AT_ONCE
            },
        }
        for kind in chooser.kinds
    ]
    return await pages.render(
        request,
        "mails.html",
        422 if problem else 200,
        title="How Parley writes to you",
        address=principal.email,
        questions=questions,
        chosen=saved is not None,
        at_front_door=bool(chooser.practitioner_id),
        problem=problem,
        done=request.query_params.get("done", "") == "saved",
    )


def _principal(request: Request) -> Principal:
    principal: Principal = request.state.visitor.principal
    return principal


def chooser_of(request: Request) -> Chooser:
    """Whose choices they are: whoever looks, by their account."""
    principal = _principal(request)
    agency = principal.agency if principal.roles & _FRONT_DOOR else None
    return Chooser(
        staff_id=acting(request),
        practitioner_id=practitioner_id(agency, principal.username) if agency else None,
        agency=agency,
        provider=principal.provider if principal.roles & _PROVIDER else None,
    )
