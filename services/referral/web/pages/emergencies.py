"""Opening a case in an emergency, reading it while it is open, and reviewing what others opened."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.states import State
from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.safety.emergency import OpenInEmergency, Review, ReviewFinding
from services.referral.handlers import emergencies as handlers
from services.referral.handlers.errors import NotThereError
from services.referral.web import emergencies as views
from services.referral.web.pages import words
from shared.access.fields import WITHHELD
from shared.contracts.vocabulary import EmergencyReason
from shared.messaging.core.records import Finding
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, reach_of
from shared.service.recording import because, belongs_to, concerns
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_REASONS = {
    EmergencyReason.CHILD_AT_RISK_NOW: "A child is at risk now",
    EmergencyReason.PARENT_AT_RISK_NOW: "A parent is at risk now",
    EmergencyReason.PERSON_MISSING: "Somebody of the family is missing",
    EmergencyReason.POLICE_OR_COURT_ASK: "The police or a court ask and cannot wait",
    EmergencyReason.FAMILY_HAS_MOVED: "The family is here now, and needs help before the case is handed over",
}
_FINDINGS = {
    ReviewFinding.JUSTIFIED: "It was right to open it",
    ReviewFinding.ANOTHER_WAY_WAS_OPEN: "There was another way that was open",
    ReviewFinding.NOT_JUSTIFIED: "It was not right to open it",
}
_MISSING = {
    "case": "Enter the id of the case",
    "reason": "Select why you open it",
    "finding": "Select what you found",
    "words": "Say it in your own words",
}
_NO_CASE = "There is no case with this id"


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/emergency; GET /pages/emergencies and /pages/emergencies/{access}, POST its review."""

    @pages.guarded
    async def ask(request: Request) -> Response:
        return await _form(pages, request)

    @pages.guarded
    async def open_case(request: Request) -> Response:
        form = form_of(request)
        try:
            case_id = UUID(form.get("case"))
        except ValueError:
            return await _form(pages, request, Problems([Finding("case", "")], _MISSING))
        concerns(request, cases=[case_id])
        try:
            asked = form.read(OpenInEmergency, reason=form.get("reason"), words=form.get("words"))
            because(request, asked.reason)
            access = await handlers.open_case(pages.context, case_id, asked, views.opener(request), key=form.key)
        except InvalidRequestError as error:
            return await _form(pages, request, Problems(error.findings, _MISSING))
        except NotThereError:
            return await _form(pages, request, Problems.of_texts({"case": _NO_CASE}))
        except ConflictError as error:
            link = {"href": f"{pages.prefix}/pages/cases/{case_id}", "text": "Look at the case"}
            return await pages.problem(request, 409, "This is one of your own cases", str(error), link=link)
        except AlreadySentError:
            return pages.to("/pages/emergency")
        belongs_to(request, [access.area])
        return pages.to(f"/pages/emergencies/{access.access_id}")

    @pages.guarded
    async def read(request: Request) -> Response:
        try:
            found = await views.read_case(pages.context, request)
        except NotThereError as error:
            link = {"href": f"{pages.prefix}/pages/emergency", "text": "Open a case in an emergency"}
            return await pages.problem(request, 404, "Not open", str(error), link=link)
        concerns(request, cases=[found["case_id"]])
        state_words = {state.value: words.state(state) for state in State} | {WITHHELD: "Not shown"}
        return await pages.render(
            request,
            "emergency_case.html",
            title="Opened in an emergency",
            words=words,
            state_words=state_words,
            **found,
        )

    @pages.guarded
    async def listing(request: Request) -> Response:
        return await _list(pages, request)

    @pages.guarded
    async def reviewed(request: Request) -> Response:
        form, access_id = form_of(request), request.path_params["access"]
        areas = reach_of(request).whole_areas or []
        try:
            asked = form.read(Review, finding=form.get("finding"), words=form.get("words"))
            access = await handlers.review(pages.context, access_id, asked, acting(request), areas, key=form.key)
            concerns(request, cases=[access.case_id])
            belongs_to(request, [access.area])
        except InvalidRequestError as error:
            return await _list(pages, request, Problems(error.findings, _MISSING), access_id)
        except ConflictError as error:
            return await pages.problem(request, 409, "This cannot be done", str(error), link=_back(pages))
        except NotThereError as error:
            return await pages.problem(request, 404, "Page not found", str(error), link=_back(pages))
        except AlreadySentError:
            pass
        return pages.to("/pages/emergencies")

    return [
        Route("/pages/emergency", ask),
        Route("/pages/emergency", open_case, methods=["POST"]),
        Route("/pages/emergencies", listing),
        Route("/pages/emergencies/{access:uuid}", read),
        Route("/pages/emergencies/{access:uuid}/review", reviewed, methods=["POST"]),
    ]


async def _form(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    given = form_of(request) if problems else None
    return await pages.render(
        request,
        "emergency.html",
        422 if problems else 200,
        title="Open a case in an emergency",
        problems=problems or Problems(),
        typed={name: given.get(name) if given else "" for name in ("case", "reason", "words")},
        reasons={reason.value: text for reason, text in _REASONS.items()},
        key=new_key(),
    )


async def _list(
    pages: Pages, request: Request, problems: Problems | None = None, about: UUID | None = None
) -> Response:
    items = await views.listed(pages.context, request)
    concerns(request, cases=[item["case_id"] for item in items])
    why = {reason.value: text for reason, text in _REASONS.items()}
    found = {finding.value: text for finding, text in _FINDINGS.items()}
    return await pages.render(
        request,
        "emergencies.html",
        422 if problems else 200,
        title="Opened in an emergency",
        items=[{**item, "why": why[item["reason"]], "found": found.get(item["finding"] or "")} for item in items],
        findings=found,
        me=acting(request),
        about=about,
        problems=problems or Problems(),
        typed={name: form_of(request).get(name) if problems else "" for name in ("finding", "words")},
        new_key=new_key,
    )


def _back(pages: Pages) -> dict[str, str]:
    return {"href": f"{pages.prefix}/pages/emergencies", "text": "Back to what was opened"}
