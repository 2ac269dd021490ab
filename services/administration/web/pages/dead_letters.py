"""What could not be read: where each record is and which rule it breaks, never what is in it."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.handlers.machinery import (
    Machinery,
    NotAnsweredError,
    RefusedError,
    UnknownServiceError,
)
from shared.contracts.dead_letters import DiscardReason
from shared.service.answers import Endpoint
from shared.service.recording import because
from shared.web.forms import Problems
from shared.web.pages import Pages, form_of, token_of

_REASONS: Mapping[DiscardReason, str] = {
    DiscardReason.SENT_AGAIN: "The sender has sent it again, and that was read",
    DiscardReason.SENT_BY_MISTAKE: "The sender sent it by mistake",
    DiscardReason.SENDER_WITHDREW_IT: "The sender has withdrawn it",
    DiscardReason.NOT_FOR_US: "It is not for Parley",
    DiscardReason.A_TEST: "It was a test",
    DiscardReason.NO_LONGER_NEEDED: "Nobody needs it any more",
    DiscardReason.OTHER: "Another reason",
}
_STATUSES = {
    "open": ("Waits", "govuk-tag--yellow"),
    "resolved": ("Read", "govuk-tag--green"),
    "discarded": ("Given up", "govuk-tag--grey"),
}
_DID = {"retry": "Tried again", "discard": "Given up"}
_ACCOUNT = re.compile(r" \([^()]*\)$")
_NO_LETTER = "There is no dead letter of this service with this id."
_NOT_OPEN = "It does not wait any more: somebody else has seen to it meanwhile."


def routes(pages: Pages, machinery: Machinery) -> list[Route]:
    """GET /pages/dead-letters and one of them; POST its retry, and that it is given up."""
    answering = _answering(pages)

    @pages.guarded
    async def listing(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "").strip()[:100] for name in ("service", "reason")}
        found = await machinery.dead_letters(token_of(request), **asked)
        return await pages.render(
            request,
            "dead_letters.html",
            title="Dead letters",
            asked=asked,
            services=list(machinery.services),
            lines=[_line(each) for each in found.items],
            silent=list(found.silent),
        )

    @pages.guarded
    @answering
    async def show(request: Request) -> Response:
        return await _page(pages, machinery, request)

    @pages.guarded
    @answering
    async def retry(request: Request) -> Response:
        service, letter = request.path_params["service"], request.path_params["id"]
        try:
            answer = await machinery.retry(token_of(request), service, letter)
        except RefusedError as error:
            return await _not_done(pages, request, error)
        done = "read" if answer["status"] == "resolved" else "not-read"
        return pages.to(f"/pages/dead-letters/{service}/{letter}", done=done)

    @pages.guarded
    @answering
    async def discard(request: Request) -> Response:
        service, letter = request.path_params["service"], request.path_params["id"]
        try:
            reason = DiscardReason(form_of(request).get("reason"))
        except ValueError:
            return await _page(pages, machinery, request, "Select why it is given up")
        because(request, reason)
        try:
            await machinery.discard(token_of(request), service, letter, reason)
        except RefusedError as error:
            return await _not_done(pages, request, error)
        return pages.to(f"/pages/dead-letters/{service}/{letter}", done="given-up")

    at = "/pages/dead-letters/{service}/{id:uuid}"
    return [
        Route("/pages/dead-letters", listing),
        Route(at, show),
        Route(f"{at}/retry", retry, methods=["POST"]),
        Route(f"{at}/discard", discard, methods=["POST"]),
    ]


def _answering(pages: Pages) -> Callable[[Endpoint], Endpoint]:
    def wrapping(endpoint: Endpoint) -> Endpoint:
        """Says in words what there is not, and which service did not answer."""

        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            link = {"href": f"{pages.prefix}/pages/dead-letters", "text": "Go to the dead letters"}
            try:
                return await endpoint(request)
            except (UnknownServiceError, RefusedError):
                return await pages.problem(request, 404, "Page not found", _NO_LETTER, link=link)
            except NotAnsweredError as error:
                text = f"{error} It is not known whether anything was done. Look at it again in a few minutes."
                return await pages.problem(request, 503, "This could not be asked for", text, link=link)

        return answered

    return wrapping


async def _page(pages: Pages, machinery: Machinery, request: Request, wrong: str = "") -> Response:
    service, letter = request.path_params["service"], request.path_params["id"]
    found = await machinery.dead_letter(token_of(request), service, letter)
    return await pages.render(
        request,
        "dead_letter.html",
        422 if wrong else 200,
        title="A dead letter",
        letter=_line(found) | {"trail": [_step(each) for each in found["audit"]]},
        reasons={code.value: text for code, text in _REASONS.items()},
        done=request.query_params.get("done", ""),
        wrong=wrong,
        problems=Problems(),
    )


async def _not_done(pages: Pages, request: Request, error: RefusedError) -> Response:
    """What a service would not do, in its own words; another's decision in the meantime among it."""
    service, letter = request.path_params["service"], request.path_params["id"]
    link = {"href": f"{pages.prefix}/pages/dead-letters/{service}/{letter}", "text": "Look at it as it is now"}
    text = _NOT_OPEN if error.status == 404 else str(error)
    return await pages.problem(request, 409, "This cannot be done now", text, link=link)


def _line(letter: Mapping[str, Any]) -> dict[str, Any]:
    text, colour = _STATUSES[letter["status"]]
    kept = ("id", "service", "subscription", "topic", "partition", "offset", "attempts", "times_seen", "status")
    return {
        **{name: letter[name] for name in kept},
        "recorded_at": datetime.fromisoformat(letter["recorded_at"]),
        "findings": [{"field": each["field"], "rule": each["rule"]} for each in letter["findings"]],
        "status_text": text,
        "colour": colour,
    }


def _step(entry: Mapping[str, Any]) -> dict[str, Any]:
    outcome = "it still cannot be read" if entry["outcome"] == "open" else ""
    reason = entry["reason"]
    return {
        "at": datetime.fromisoformat(entry["at"]),
        # Names come with the account's own id, which tells two of one name apart and says nothing here.
        "who": _ACCOUNT.sub("", entry["actor"]),
        "did": _DID.get(entry["action"], entry["action"]),
        "outcome": outcome,
        "reason": _REASONS[DiscardReason(reason)] if reason in set(DiscardReason) else "",
    }
