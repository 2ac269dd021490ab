"""How every service is, and how long the audits are. Of the machinery alone: nothing here is about a family."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.state import Condition, ServiceState, in_order_of_need
from services.administration.handlers.machinery import Machinery
from shared.web.pages import Pages, token_of

_CONDITIONS: dict[Condition, tuple[str, str]] = {
    "working": ("Working", "govuk-tag--green"),
    "attention": ("Look at it", "govuk-tag--yellow"),
    "not-ready": ("Not ready", "govuk-tag--red"),
    "silent": ("No answer", "govuk-tag--red"),
}


def routes(pages: Pages, machinery: Machinery) -> list[Route]:
    """GET /pages/machinery and /pages/audit."""

    @pages.guarded
    async def overview(request: Request) -> Response:
        states = in_order_of_need(await machinery.states(token_of(request)))
        return await pages.render(
            request,
            "machinery.html",
            title="How Parley runs",
            lines=[_line(state) for state in states],
            all=len(states),
            down=sum(state.condition in ("silent", "not-ready") for state in states),
            attention=sum(state.condition == "attention" for state in states),
            looked_at=datetime.now(UTC),
        )

    @pages.guarded
    async def audit(request: Request) -> Response:
        found = await machinery.heads(token_of(request))
        lines = [{"service": each["service"], **_head(each["head"])} for each in found.items]
        return await pages.render(request, "audit.html", title="The audits", lines=lines, silent=list(found.silent))

    return [Route("/pages/machinery", overview), Route("/pages/audit", audit)]


def _line(state: ServiceState) -> dict[str, Any]:
    text, colour = _CONDITIONS[state.condition]
    return asdict(state) | {"look_at": list(state.look_at), "text": text, "colour": colour}


def _head(head: dict[str, Any] | None) -> dict[str, Any]:
    if head is None:
        return {"sequence": None, "hash": None, "at": None}
    return {"sequence": head["sequence"], "hash": head["hash"], "at": datetime.fromisoformat(head["at"])}
