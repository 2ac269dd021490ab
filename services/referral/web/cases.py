"""The state of a case, and the commands upon it."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.states import HANDS, State
from services.referral.domain.deciders.commands import (
    Agree,
    Answer,
    Command,
    FromPanel,
    Halt,
    Hold,
    Refuse,
    Reopen,
    Resume,
    Return,
    SeenTo,
    SpecialistContact,
    TakeOffList,
    ToPanel,
    Withdraw,
    WrapAroundSpoke,
)
from services.referral.domain.deciders.confirming import ConfirmPeople
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent
from services.referral.handlers.commands import Instruction, carry_out
from services.referral.handlers.errors import UnknownCaseError
from services.referral.repository import consents, pages
from services.referral.repository.reading import snapshot
from services.referral.web.answers import page, require_case
from shared.contracts.screening import PractitionerRef
from shared.privacy.sealing import CannotOpenError
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting
from shared.service.requests import body_of
from shared.service.showing import screened

_COMMANDS: dict[str, type[Command]] = {
    "agree": Agree,
    "take-off-list": TakeOffList,
    "return": Return,
    "refuse": Refuse,
    "to-panel": ToPanel,
    "from-panel": FromPanel,
    "answer": Answer,
    "hold": Hold,
    "resume": Resume,
    "halt": Halt,
    "specialist-contact": SpecialistContact,
    "withdraw": Withdraw,
    "consents": RecordConsent,
    "consents/withdraw": WithdrawConsent,
    "reopen": Reopen,
    "seen-to": SeenTo,
    "wrap-around": WrapAroundSpoke,
    "confirm-people": ConfirmPeople,
}


def routes(context: Context) -> list[Route]:
    """GET /cases/{id}, and a POST for each command of a case."""

    @page
    async def show(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        await require_case(context, request, case_id)
        async with snapshot(context.pool) as connection:
            case = await pages.case(connection, case_id)
            if case is None:
                raise UnknownCaseError
            return Json(
                {
                    **case,
                    "practitioner": await referrer_of(context, case["practitioner"]),
                    "in_hands_of": HANDS[State(case["state"])],
                    "referrals": await pages.lineage(connection, case_id),
                    "ahead": await pages.scheduled_steps(connection, case_id),
                    "history": await pages.history(connection, case_id),
                }
            )

    @page
    async def consents_of(request: Request) -> Response:
        await require_case(context, request, request.path_params["id"])
        async with context.pool.acquire() as connection:
            screened(request, await pages.screened_people(connection, request.path_params["id"]))
            return Json({"items": await consents.of_case(connection, request.path_params["id"])})

    def command(name: str, kind: type[Command]) -> Route:
        @page
        @describes(body=kind)
        async def endpoint(request: Request) -> Response:
            case_id = request.path_params["id"]
            await require_case(context, request, case_id)
            body = await body_of(request, kind, empty=b"{}")
            state = await carry_out(context, Instruction(case_id, body, acting(request)))
            return Json({"case_id": case_id, "state": state})

        return Route(f"/cases/{{id:uuid}}/{name}", endpoint, methods=["POST"])

    return [
        Route("/cases/{id:uuid}", show),
        Route("/cases/{id:uuid}/consents", consents_of, methods=["GET"]),
        *(command(name, kind) for name, kind in _COMMANDS.items()),
    ]


async def referrer_of(context: Context, stored: Any) -> dict[str, Any] | None:
    """Whom the coordinator speaks with: name and address where the key was not erased, and the opaque id always."""
    if stored is None:
        return None
    practitioner = PractitionerRef.model_validate(stored)
    try:
        contact = (await context.keyring.for_opening([practitioner.sealed])).open(practitioner.sealed)
    except CannotOpenError:
        contact = {}
    return {
        "practitioner_id": practitioner.practitioner_id,
        "role": practitioner.role,
        "name": contact.get("name"),
        "email": contact.get("email"),
    }
