"""Several cases given to a colleague at once: each by the handler of a single one, with a line of what became of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.colleagues import Given, GivenBecause, known_since
from services.referral.domain.deciders.commands import ConflictError
from services.referral.handlers import worklist as handlers
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.errors import NotThereError
from services.referral.repository import colleagues
from services.referral.repository import worklist as queries
from services.referral.repository.reading import snapshot
from services.referral.web.answers import require_case
from services.referral.web.pages.handles import handle_of, whom
from shared.messaging.core.records import Finding
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

REASONS = {
    GivenBecause.WORKLOAD: "To share the work out",
    GivenBecause.ABSENCE: "Whoever had it is away",
    GivenBecause.KNOWS_THE_FAMILY: "They know the family",
    GivenBecause.TOO_CLOSE: "Whoever had it is too close to the family",
    GivenBecause.LEFT: "Whoever had it has left the team",
    GivenBecause.OTHER: "Another reason",
}
NOBODY = "nobody"
_MOST = 60
_MISSING = {"to": "Select who takes the cases", "reason": "Select why", "case": "Select at least one case"}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/reassign?case=ID&case=ID, a form for these cases; POST /pages/reassign."""

    @pages.guarded
    async def ask(request: Request) -> Response:
        return await _ask(pages, request, request.query_params.getlist("case"), Problems())

    @pages.guarded
    async def give(request: Request) -> Response:
        form = form_of(request)
        chosen, to, reason = _ids(form.all("case")), whom(form.get("to")), form.get("reason")
        back = to == NOBODY
        missing = [
            Finding(name, "")
            for name, is_there in (("case", chosen), ("to", to), ("reason", back or reason in set(GivenBecause)))
            if not is_there
        ]
        if missing:
            return await _ask(pages, request, form.all("case"), Problems(missing, _MISSING))
        who = acting(request)
        concerns(request, cases=chosen)
        names = await _names(pages, chosen)
        report = []
        for case_id in chosen:
            given = None if back else Given(who, GivenBecause(reason), whom(form.get(f"held-{case_id}")) or None)
            refused = await _one(pages, request, case_id, to, given)
            report.append({"case_id": case_id, "family_ref": names.get(case_id, ""), "refused": refused})
        return await pages.render(
            request,
            "reassigned.html",
            title="What became of each case",
            report=report,
            done=sum(not line["refused"] for line in report),
            to="" if back else to,
        )

    return [Route("/pages/reassign", ask), Route("/pages/reassign", give, methods=["POST"])]


async def _one(pages: Pages, request: Request, case_id: UUID, to: str, given: Given | None) -> str:
    """Why a case was not given to somebody, or back; empty where it was."""
    # Each case has a key of its own, so that a form that is sent again does what is left of it.
    key = uuid5(form_of(request).key, case_id.hex)
    try:
        await require_case(pages.context, request, case_id)
        if given is None:
            await handlers.release(pages.context, case_id, acting(request), key=key)
        else:
            await handlers.claim(pages.context, case_id, to, key=key, given=given)
    except AlreadySentError:
        return ""
    except (NotThereError, ConflictError, NotAllowedError) as error:
        return str(error)
    return ""


async def _ask(pages: Pages, request: Request, given: Sequence[str], problems: Problems) -> Response:
    chosen = _ids(given)
    within = reach_of(request).whole_areas or []
    async with snapshot(pages.context.pool) as connection:
        rows = await queries.shown(connection, chosen)
        known = await colleagues.coordinators(connection, within, known_since(WALL.now()))
    concerns(request, cases=rows)
    called = await pages.names.read()
    areas = {row["area"] for row in rows.values()}
    me = acting(request)
    names = sorted(set().union(*known.values())) if known else []
    found: dict[str, str] = await request.app.state.staff.names_of(names) if names else {}
    typed = form_of(request) if problems else None
    return await pages.render(
        request,
        "reassign.html",
        422 if problems else 200,
        title="Give cases to a colleague",
        cases=[
            {
                "case_id": row["case_id"],
                "family_ref": row["family_ref"],
                "agency": row["agency"],
                "area": row["area"],
                "held_by": row["coordinator"] or "",
                "held": handle_of(row["coordinator"] or ""),
            }
            for case_id in chosen
            if (row := rows.get(case_id))
        ],
        people=[
            {
                "who": who,
                "value": handle_of(who),
                "areas": ", ".join(sorted(called.of("area", area) for area in areas if who in known[area])),
            }
            for who in sorted(names, key=lambda each: (each != me, str(found.get(each, each)).lower()))
        ],
        reasons={reason.value: text for reason, text in REASONS.items()},
        me=me,
        chosen={name: typed.get(name) if typed else "" for name in ("to", "reason")},
        problems=problems,
        key=new_key(),
    )


async def _names(pages: Pages, case_ids: Sequence[UUID]) -> dict[UUID, Any]:
    async with snapshot(pages.context.pool) as connection:
        rows = await queries.shown(connection, case_ids)
    return {case_id: row["family_ref"] for case_id, row in rows.items()}


def _ids(given: Sequence[str]) -> list[UUID]:
    """The ids among these, each once."""
    found: dict[UUID, None] = {}
    for each in given[:_MOST]:
        try:
            found[UUID(each)] = None
        except ValueError:
            continue
    return list(found)
