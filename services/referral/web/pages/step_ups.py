"""Step-up to children's social care: why, whether it was acknowledged there, and what came back."""

from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.safety.step_up import Back, StepUp, StepUpOutcome, StepUpReason
from services.referral.handlers import step_ups as handlers
from services.referral.repository import step_ups
from services.referral.web.pages.answering import answering
from services.referral.web.pages.asking import Sheet, sheet_routes
from services.referral.web.pages.reading import case_of
from services.referral.web.provider.questions import choice
from shared.service.gate import acting
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_AT = "/pages/cases/{id:uuid}/step-ups"
_REASONS = {
    StepUpReason.CHILD_AT_RISK.value: "A child is, or may be, at risk of significant harm",
    StepUpReason.NEEDS_ASSESSMENT.value: "A child's needs have to be assessed",
    StepUpReason.UNBORN_CHILD.value: "A child who is not born yet",
    StepUpReason.SUPPORT_NOT_ENOUGH.value: "This support is not enough",
    StepUpReason.THEY_ASK.value: "Children's social care asks for it",
}
_OUTCOMES = {
    StepUpOutcome.SUPPORT_GOES_ON.value: "This support goes on",
    StepUpOutcome.NO_FURTHER_ACTION.value: "No further action there",
    StepUpOutcome.NOT_ACCEPTED.value: "They did not take it",
    StepUpOutcome.TAKEN_ON.value: "They have taken the family on",
}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/cases/{id}/step-ups; GET and POST its new; POST the acknowledge, GET and POST the back, of one."""

    @pages.guarded
    @answering(pages)
    async def listing(request: Request) -> Response:
        case, _ = await case_of(pages.context, request)
        async with pages.context.pool.acquire() as connection:
            rows = await step_ups.of_case(connection, case.case_id)
        return await pages.render(
            request,
            "step_ups.html",
            title="Children's social care",
            case_id=case.case_id,
            family_ref=case.family_ref,
            items=[
                {**row, "why": _REASONS[row["reason"]], "became": _OUTCOMES.get(row["outcome"] or "", "")}
                for row in reversed(rows)
            ],
            free=all(row["back_at"] for row in rows),
            new_key=new_key,
        )

    async def add(request: Request, answers: dict[str, Any]) -> None:
        form, case_id = form_of(request), request.path_params["id"]
        await handlers.step_up(pages.context, case_id, form.read(StepUp, **answers), acting(request), key=form.key)

    @pages.guarded
    @answering(pages)
    async def acknowledge(request: Request) -> Response:
        await case_of(pages.context, request)
        case_id, step_up_id = request.path_params["id"], request.path_params["step_up"]
        await handlers.acknowledge(pages.context, case_id, step_up_id, acting(request), key=form_of(request).key)
        return pages.to(f"/pages/cases/{case_id}/step-ups")

    async def came_back(request: Request, answers: dict[str, Any]) -> None:
        form, case_id, step_up_id = form_of(request), request.path_params["id"], request.path_params["step_up"]
        asked = form.read(Back, **answers)
        await handlers.come_back(pages.context, case_id, step_up_id, asked, acting(request), form.key)

    one = f"{_AT}/{{step_up:uuid}}"
    return [
        Route(_AT, listing),
        *sheet_routes(pages, f"{_AT}/new", answering(pages), partial(_new, pages), add),
        Route(f"{one}/acknowledge", acknowledge, methods=["POST"]),
        *sheet_routes(pages, f"{one}/back", answering(pages), partial(_back, pages), came_back),
    ]


async def _new(pages: Pages, request: Request) -> Sheet:
    case, found = await case_of(pages.context, request)
    at = _at(case.case_id)
    return Sheet(
        "Step up to children's social care",
        "Record the step-up",
        to=f"{at}/new",
        back=at,
        back_text="Children's social care",
        caption=f"Family {case.family_ref}",
        lead="Make the referral to children's social care by your area's own way first: this records it, and sends "
        "nothing. The case is put on hold until it comes back. If it is a sign of abuse, stop the case instead.",
        hidden={"seen": str(found["seen"])},
        questions=(choice("reason", "Why?", _REASONS, "Select why"),),
    )


async def _back(pages: Pages, request: Request) -> Sheet:
    case, found = await case_of(pages.context, request)
    at = _at(case.case_id)
    return Sheet(
        "Back from children's social care",
        "Save what became of it",
        to=f"{at}/{request.path_params['step_up']}/back",
        back=at,
        back_text="Children's social care",
        caption=f"Family {case.family_ref}",
        lead="A case that was put on hold for it goes on where it was, unless they have taken the family on: then you "
        "decide what becomes of it.",
        hidden={"seen": str(found["seen"])},
        questions=(choice("outcome", "What became of it?", _OUTCOMES, "Select what became of it"),),
    )


def _at(case_id: UUID) -> str:
    return f"/pages/cases/{case_id}/step-ups"
