"""How every service is, and how long the audits are. Of the machinery alone: nothing here is about a family."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.domain.state import Condition, ServiceState, in_order_of_need
from services.administration.handlers.audit_checks import AuditChecks
from services.administration.handlers.machinery import Machinery
from services.administration.repository import audit_checks as queries
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of, token_of

_MOST_FLAWS = 20
_CONDITIONS: dict[Condition, tuple[str, str]] = {
    "working": ("Working", "govuk-tag--green"),
    "attention": ("Look at it", "govuk-tag--yellow"),
    "not-ready": ("Not ready", "govuk-tag--red"),
    "silent": ("No answer", "govuk-tag--red"),
}


def routes(pages: Pages, machinery: Machinery, checks: AuditChecks) -> list[Route]:
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
        # A check that ends, or begins, while its lines are read is under way: what was read may be older than its end.
        running = checks.is_running
        async with pages.context.pool.acquire() as connection:
            latest = await queries.latest(connection)
        running = running or checks.is_running
        return await pages.render(
            request,
            "audit.html",
            title="The audits",
            lines=lines,
            silent=list(found.silent),
            running=running,
            checked=[_checked(each, running=running) for each in latest],
            started_at=latest[0]["started_at"] if latest else None,
            started_by=latest[0]["started_by"] if latest else "",
            ended=sum(each["status"] != "running" for each in latest),
            all=len(latest),
            key=new_key(),
        )

    @pages.guarded
    async def check(request: Request) -> Response:
        with suppress(AlreadySentError):
            await checks.start(token_of(request), acting(request), form_of(request).key)
        return pages.to("/pages/audit")

    return [
        Route("/pages/machinery", overview),
        Route("/pages/audit", audit),
        Route("/pages/audit/check", check, methods=["POST"]),
    ]


def _checked(row: dict[str, Any], *, running: bool) -> dict[str, Any]:
    found = row["found"]
    text, colour = ("It holds", "govuk-tag--green") if row["status"] == "done" else ("Not finished", "govuk-tag--grey")
    if row["status"] == "running" and running:
        text, colour = "Under way", "govuk-tag--blue"
    elif row["status"] == "done" and found:
        text, colour = "Does not hold", "govuk-tag--red"
    return {
        "service": row["service"],
        "entries": row["entries"],
        "sequence": row["sequence"],
        "hash": row["hash"],
        "earlier": row["earlier"],
        "ended_at": row["ended_at"],
        "text": text,
        "colour": colour,
        "found": [{"sequence": each["sequence"], "detail": each["detail"]} for each in found[:_MOST_FLAWS]],
    }


def _line(state: ServiceState) -> dict[str, Any]:
    text, colour = _CONDITIONS[state.condition]
    return asdict(state) | {"look_at": list(state.look_at), "text": text, "colour": colour}


def _head(head: dict[str, Any] | None) -> dict[str, Any]:
    if head is None:
        return {"sequence": None, "hash": None, "at": None}
    return {"sequence": head["sequence"], "hash": head["hash"], "at": datetime.fromisoformat(head["at"])}
