"""That a parent's wrap-around practitioner has spoken with them, for one that came by telephone."""

from datetime import date, time
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.routing import Route

from services.referral.domain.case.case import Case
from services.referral.domain.case.states import State
from services.referral.domain.case.transitions import allows
from services.referral.domain.deciders.commands import WrapAroundSpoke
from services.referral.handlers.commands import Instruction, carry_out
from services.referral.handlers.errors import NotThereError
from services.referral.web.pages.answering import answering
from services.referral.web.pages.asking import Sheet, sheet_routes
from services.referral.web.pages.reading import case_of
from services.referral.web.provider.questions import Question, choice, starts_at
from shared.messaging.core.records import Finding
from shared.service.gate import acting
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages, form_of

TITLE = "Record that a wrap-around practitioner has spoken with a parent"
_AT = "/pages/cases/{id:uuid}/wrap-around"


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/cases/{id}/wrap-around."""

    async def spoke(request: Request, answers: dict[str, Any]) -> None:
        form, case_id = form_of(request), request.path_params["id"]
        command = form.read(WrapAroundSpoke, parent=answers["parent"], held_at=_when(pages, answers))
        await carry_out(pages.context, Instruction(case_id, command, acting(request), key=form.key))

    return sheet_routes(pages, _AT, answering(pages), partial(_sheet, pages), spoke)


def fits(case: Case) -> bool:
    """Whether a provider works with the family, so that there is a session to speak before."""
    return allows(State(case.state), WrapAroundSpoke.trigger)


def _when(pages: Pages, answers: dict[str, Any]) -> str:
    on: date = answers["on"]
    at: time = answers["at"]
    when = starts_at(on, at)
    if when > pages.context.clock.now():
        raise InvalidRequestError([Finding("on", "Enter a day and time that are over")])
    return when.isoformat()


async def _sheet(pages: Pages, request: Request) -> Sheet:
    case, found = await case_of(pages.context, request)
    people: dict[UUID, str] = found["people"]
    parents = {str(each.person_id): people[each.person_id] for each in case.family.parents} if case.family else {}
    if not parents:
        raise NotThereError("No parent of this case is known.")
    at = f"/pages/cases/{case.case_id}"
    return Sheet(
        TITLE,
        "Save it",
        to=f"{at}/wrap-around",
        back=at,
        back_text=f"Family {case.family_ref}",
        caption=f"Family {case.family_ref}",
        lead="It confirms the parent's next session. If they told of a sign of abuse, stop the case instead.",
        hidden={"seen": str(found["seen"])},
        questions=(
            choice("parent", "With whom did they speak?", parents, "Select the parent"),
            Question("on", "date", "On which day?", "Enter the day"),
            Question("at", "time", "At what time?", "Enter the time", hint="For example 14:30"),
        ),
    )
