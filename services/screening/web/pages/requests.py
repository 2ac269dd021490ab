"""For a front door and the area's team: what parents asked for without an account, and what is done about it."""

from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.parent_requests import CloseReason, Method, Outcome, is_safe
from services.screening.handlers.parent_requests import (
    NoSuchRequestError,
    NotPossibleError,
    OpenRequest,
    ParentRequests,
)
from services.screening.repository import parent_requests
from services.screening.repository.parent_requests import RequestRow
from services.screening.web.pages.front_door import shared as front_door
from services.screening.web.pages.front_door.start import you_of
from shared.access.roles import Role
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, check_reach
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

AT = "/pages/requests"
_ON_A_PAGE = 100
_LONGEST_REFERENCE = 200
_NOTHING = "There is no such request, it is not kept any more, or it is not yours to see."
METHODS = {Method.PHONE: "Phone call", Method.TEXT: "Text message", Method.EMAIL: "Email"}
OUTCOMES = {
    Outcome.REACHED: "I spoke with them, alone",
    Outcome.NO_ANSWER: "No answer",
    Outcome.MESSAGE_LEFT: "I left a message",
    Outcome.NOT_SAFE: "Somebody else was there, or it was not safe to go on",
}
REASONS = {
    CloseReason.SCREENED: "Screened: each parent was spoken with alone",
    CloseReason.SPECIALIST_SUPPORT: "Passed on to specialist support",
    CloseReason.OTHER_HELP: "Other help was found",
    CloseReason.NOT_WANTED: "They do not want it any more",
    CloseReason.NOT_REACHED: "They could not be reached safely",
    CloseReason.ASKED_TWICE: "They asked twice",
    CloseReason.DELETE: "They want it deleted: it goes at once, for good",
}
_WORDS = {
    "knows": {"yes": "Yes", "no": "No", "not-sure": "They are not sure"},
    "afraid": {"yes": "Yes", "no": "No", "not-sure": "They are not sure, or did not want to say"},
    "leave_message": {"yes": "Yes", "no": "No: leave none"},
}
_MISSING = {
    "how": "Select how you tried to reach them, and what came of it",
    "reason": "Select why you close it",
    "agency": "Select a front door of the area",
    "family_ref": "Enter your own reference for the family, of at most 200 characters",
}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/requests, …/{request}; POST …/{request}/take, …/tried, …/hand-on, …/screen, …/close."""
    requests = ParentRequests(pages.context)

    @pages.guarded
    async def listed(request: Request) -> Response:
        found = await requests.listed(_ON_A_PAGE)
        return await pages.render(
            request, "requests.html", title="Requests from parents", requests=[_line(*each) for each in found]
        )

    @pages.guarded
    async def one(request: Request) -> Response:
        try:
            return await _page(pages, request, requests)
        except NoSuchRequestError:
            return await _not_there(pages, request)

    def doing(endpoint: Endpoint) -> Endpoint:
        """A form about one request within reach: the answer is its page again, with what was wrong where it was."""

        async def answered(request: Request) -> Response:
            try:
                await _require(pages, request)
                return await endpoint(request)
            except NoSuchRequestError:
                return await _not_there(pages, request)
            except AlreadySentError:
                return _to(pages, request)
            except NotPossibleError as error:
                return await _page(pages, request, requests, {"actions": str(error)})
            except _MissingError as error:
                return await _page(pages, request, requests, {error.field: _MISSING[error.field]})

        return pages.guarded(answered)

    async def take(request: Request) -> Response:
        await requests.take(request.path_params["request"], acting(request), form_of(request).key)
        return _to(pages, request)

    async def tried(request: Request) -> Response:
        form = form_of(request)
        try:
            method, outcome = Method(form.get("method")), Outcome(form.get("outcome"))
        except ValueError:
            raise _MissingError("how") from None
        await requests.tried(request.path_params["request"], acting(request), method, outcome, form.key)
        return _to(pages, request)

    async def hand_on(request: Request) -> Response:
        form = form_of(request)
        if not form.get("agency"):
            raise _MissingError("agency")
        await requests.hand_to(request.path_params["request"], form.get("agency"), form.key)
        return pages.to(AT)

    async def close(request: Request) -> Response:
        form = form_of(request)
        try:
            reason = CloseReason(form.get("reason"))
        except ValueError:
            raise _MissingError("reason") from None
        await requests.close(request.path_params["request"], acting(request), reason, form.key)
        return pages.to(AT)

    async def screen(request: Request) -> Response:
        reference = form_of(request).get("family_ref")
        if not reference or len(reference) > _LONGEST_REFERENCE:
            raise _MissingError("family_ref")
        try:
            author = front_door.author_of(request)
        except front_door.NoAgencyError:
            raise NotPossibleError("A screening is begun by somebody of a front door. Hand it on to one.") from None
        you = await you_of(pages, request, author)
        form_id = await requests.begin_screening(request.path_params["request"], author, reference, you)
        return pages.to(f"{front_door.AT}/{form_id}")

    at = f"{AT}/{{request:uuid}}"
    forms = {"take": take, "tried": tried, "hand-on": hand_on, "screen": screen, "close": close}
    return [
        Route(AT, listed),
        Route(at, one),
        *(Route(f"{at}/{name}", doing(endpoint), methods=["POST"]) for name, endpoint in forms.items()),
    ]


class _MissingError(Exception):
    """A field of the form has no answer."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


async def _require(pages: Pages, request: Request) -> UUID:
    """The request's id, within reach. Raises NoSuchRequestError."""
    request_id: UUID = request.path_params["request"]
    belonging = partial(parent_requests.belonging, request_id=request_id)
    await check_reach(request, pages.context.pool, belonging, NoSuchRequestError())
    return request_id


def _to(pages: Pages, request: Request) -> Response:
    return pages.to(f"{AT}/{request.path_params['request']}")


async def _not_there(pages: Pages, request: Request) -> Response:
    link = {"href": f"{pages.prefix}{AT}", "text": "Go to the requests"}
    return await pages.problem(request, 404, "Page not found", _NOTHING, link=link)


def _line(row: RequestRow, tries: int) -> dict[str, Any]:
    return {
        "request_id": row.request_id,
        "asked_at": row.made_at,
        "area": row.area,
        "danger": row.danger and row.closed_at is None,
        "state": "Closed" if row.closed_at else "Taken" if row.taken_at else "New",
        "colour": "grey" if row.closed_at else "blue" if row.taken_at else "orange",
        "taken_by": row.taken_by,
        "tries": tries,
        "until": row.expires_at,
    }


async def _page(
    pages: Pages, request: Request, requests: ParentRequests, wrong: dict[str, str] | None = None
) -> Response:
    found = await requests.opened(await _require(pages, request))
    row = found.row
    return await pages.render(
        request,
        "request.html",
        422 if wrong else 200,
        title="A parent asks for help",
        request_id=row.request_id,
        asked_at=row.made_at,
        area=row.area,
        danger=row.danger,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        until=row.expires_at,
        closed=row.closed_at is not None,
        closed_by=row.closed_by,
        closed_at=row.closed_at,
        reason=REASONS[CloseReason(row.reason)] if row.reason else "",
        agency=row.agency or "",
        draft=f"{pages.prefix}{front_door.AT}/{row.form_id}" if row.form_id else "",
        may_screen=bool(request.state.visitor.principal.roles & {Role.PRACTITIONER, Role.TEAM_MANAGER}),
        written=_written(found),
        tries=[
            {"at": each.at, "who": each.who, "method": METHODS[Method(each.method)], "outcome": each.outcome}
            | {"outcome": OUTCOMES[Outcome(each.outcome)]}
            for each in found.attempts
        ],
        front_doors=[
            {"agency": agency, "name": name}
            for agency, name in (await requests.front_doors(row.area)).items()
            if agency != row.agency
        ],
        methods={code.value: text for code, text in METHODS.items() if _may(found, code, Outcome.REACHED)},
        outcomes={
            code.value: text
            for code, text in OUTCOMES.items()
            if code is not Outcome.MESSAGE_LEFT or any(_may(found, each, code) for each in Method)
        },
        reasons={code.value: text for code, text in REASONS.items()},
        problems=Problems.of_texts(wrong or {}),
        new_key=new_key,
    )


def _may(found: OpenRequest, method: Method, outcome: Outcome) -> bool:
    return found.answers is None or is_safe(found.answers, method, outcome)


def _written(found: OpenRequest) -> dict[str, str] | None:
    """What the parent wrote, in words; None where their key was erased."""
    if found.answers is None:
        return None
    written = {name: next(iter(values), "") for name, values in found.answers.items()}
    for name, words in _WORDS.items():
        written[name] = words.get(written.get(name, ""), "")
    ways = [METHODS[Method(each)] for each in found.answers.get("safe_methods", ())]
    return {**written, "safe_methods": ", ".join(ways)}
