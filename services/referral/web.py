"""Referral's HTTP, for the coordinator: the worklist, where a case stands, and what to do with it."""

from uuid import UUID

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.commands import (
    Agree,
    Answer,
    Command,
    ConflictError,
    FromPanel,
    Halt,
    Hold,
    InvalidCommandError,
    Refuse,
    Resume,
    Return,
    SpecialistContact,
    ToPanel,
    Withdraw,
    decide_command,
)
from services.referral.domain.halting import halt_with_family
from services.referral.domain.progress import Moment
from services.referral.domain.transitions import NotAllowedError
from services.referral.repository import cases, directory, pages
from services.referral.repository.work import Work
from shared.messaging.envelope import new_id
from shared.messaging.findings import findings_of
from shared.messaging.transaction import in_transaction
from shared.runtime.operator import Json, acting, operator_only, problem
from shared.runtime.service import Context

_COMMANDS: dict[str, type[Command]] = {
    "agree": Agree,
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
}
_LIMIT = 200
_MOST = 10_000


class _UnknownCaseError(Exception):
    pass


def routes(context: Context) -> list[Route]:
    """GET /worklist, GET /cases/{id}, and a POST for each command of a case."""

    @operator_only
    async def worklist(request: Request) -> Response:
        limit = request.query_params.get("limit", str(_LIMIT))
        if not (limit.isascii() and limit.isdigit() and 0 < int(limit) <= _MOST):
            return _invalid("limit", f"must be a number from 1 to {_MOST}")
        async with context.pool.acquire() as connection:
            rows = await pages.worklist(connection, area=request.query_params.get("area") or None, limit=int(limit))
        return Json({"items": rows})

    @operator_only
    async def show(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        async with context.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            case = await pages.case(connection, case_id)
            if case is None:
                return _unknown()
            return Json({**case, "history": await pages.history(connection, case_id)})

    def command(name: str, kind: type[Command]) -> Route:
        @operator_only
        async def endpoint(request: Request) -> Response:
            try:
                body = kind.model_validate_json(await request.body() or b"{}")
            except ValidationError as error:
                return Json({"errors": [finding.as_json() for finding in findings_of(error)]}, status_code=422)
            try:
                state = await _carry_out(context, request.path_params["id"], body, acting(request))
            except _UnknownCaseError:
                return _unknown()
            except InvalidCommandError as error:
                return _invalid(error.field, error.rule)
            except (NotAllowedError, ConflictError) as error:
                return problem(409, str(error))
            return Json({"case_id": request.path_params["id"], "state": state})

        return Route(f"/cases/{{id:uuid}}/{name}", endpoint, methods=["POST"])

    return [
        Route("/worklist", worklist),
        Route("/cases/{id:uuid}", show),
        *(command(name, kind) for name, kind in _COMMANDS.items()),
    ]


async def _carry_out(context: Context, case_id: UUID, body: Command, who: str) -> str:
    """Decides a command under the family's lock, and saves and tells what follows in the same transaction."""
    async with in_transaction(context.pool, context.service) as tx:
        await directory.lock_for_reading(tx.connection)
        families = await cases.families_of(tx.connection, [case_id])
        await cases.lock_families(tx.connection, families)
        work = Work(await cases.load(tx.connection, families))
        case = work.cases.get(case_id)
        if case is None:
            raise _UnknownCaseError
        catalogue = await directory.catalogue(
            tx.connection, [case.area], [case.agency], to_agree=isinstance(body, Agree)
        )
        moment = Moment(context.clock.now(), None, new_id, who)
        signs = work.families_with_sign()
        decided = [decide_command(case, body, moment, catalogue, sign_at_hand=case.key in signs)]
        if isinstance(body, Halt):
            others = (other for other in work.of_family(case.key) if other.case_id != case_id)
            decided += [halted for other in others if (halted := halt_with_family(other, body.trigger, moment))]
        for progress in decided:
            work.take(progress, catalogue)
            for event in progress.events:
                tx.emit(event)
        await work.save(tx.connection)
        return work.cases[case_id].state


def _invalid(field: str, rule: str) -> Response:
    return Json({"errors": [{"field": field, "rule": rule}]}, status_code=422)


def _unknown() -> Response:
    return problem(404, "There is no case with this id.")
