"""Erasing workers: what there is of them, by ids and counts alone, and the erasure itself.

A name and an agency's own id come in a body: an address is in the logs of whatever is in between.
"""

from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import InvalidError
from services.workforce.handlers.erasures import WorkerErasures
from services.workforce.repository.erasures import Erasure
from services.workforce.web.answers import page, require_agency
from shared.access.staff_ids import is_staff_id, subject_of
from shared.contracts.base import Record, Reference, ShortText, Slug
from shared.contracts.practitioners import practitioner_id
from shared.contracts.workforce import WorkerErasureReason
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting
from shared.service.recording import because, concerns
from shared.service.requests import body_of
from shared.service.staff import Staff


class WhichPractitioner(Record):
    """A practitioner by their agency and the agency's own id."""

    agency: Slug
    practitioner: Reference


class ErasePractitioner(WhichPractitioner):
    """Why, as a code."""

    reason: WorkerErasureReason


class WhichStaff(Record):
    """One of ours: by the name and subject that their actions are recorded under, or by the id that stands for it."""

    name: ShortText | None = None
    staff_id: str | None = Field(default=None, pattern=r"^staff-[0-9a-f]{32}$")


class EraseStaff(WhichStaff):
    """Why, as a code."""

    reason: WorkerErasureReason


def routes(context: Context) -> list[Route]:
    """POST /practitioners/held, /practitioners/erase, /staff/held, /staff/erase."""
    erasures = WorkerErasures(context)

    @page
    @describes(body=WhichPractitioner)
    async def practitioner_held(request: Request) -> Response:
        body = await body_of(request, WhichPractitioner, empty=b"{}")
        practitioner = await _practitioner(context, request, body)
        found, erased = await erasures.held(practitioner), await erasures.recorded(practitioner)
        counts = {key: value for key, value in found.items() if key not in ("agency", "areas")}
        return Json({"practitioner_id": practitioner, **counts, "erased": _as_page(erased)})

    @page
    @describes(body=ErasePractitioner)
    async def erase_practitioner(request: Request) -> Response:
        body = await body_of(request, ErasePractitioner, empty=b"{}")
        because(request, body.reason)
        practitioner = await _practitioner(context, request, body)
        done = await erasures.erase_practitioner(practitioner, body.reason, acting(request))
        return Json({"practitioner_id": practitioner, "erased": _as_page(done)})

    @page
    @describes(body=WhichStaff)
    async def staff_held(request: Request) -> Response:
        subject = _subject(context, await body_of(request, WhichStaff, empty=b"{}"))
        known = bool(await context.keyring.known([subject]))
        return Json({"subject": subject, "known": known, "erased": _as_page(await erasures.recorded(subject))})

    @page
    @describes(body=EraseStaff)
    async def erase_staff(request: Request) -> Response:
        body = await body_of(request, EraseStaff, empty=b"{}")
        because(request, body.reason)
        subject = _subject(context, body)
        done = await erasures.erase_staff(subject, body.reason, acting(request))
        return Json({"subject": subject, "erased": _as_page(done)})

    return [
        Route("/practitioners/held", practitioner_held, methods=["POST"]),
        Route("/practitioners/erase", erase_practitioner, methods=["POST"]),
        Route("/staff/held", staff_held, methods=["POST"]),
        Route("/staff/erase", erase_staff, methods=["POST"]),
    ]


async def _practitioner(context: Context, request: Request, body: WhichPractitioner) -> UUID:
    """Whom the body names, of an agency within the caller's reach."""
    found = practitioner_id(body.agency, body.practitioner)
    concerns(request, practitioners=[found])
    await require_agency(context, request, body.agency)
    return found


def _subject(context: Context, body: WhichStaff) -> UUID:
    """The id under whose key the name is. Raises InvalidError where the body has not one of the two."""
    if (body.name is None) is (body.staff_id is None):
        raise InvalidError([("name", "must be given, or staff_id, and not both")])
    who = body.staff_id or Staff(context.pool, context.keyring).id_of(body.name or "")
    if not is_staff_id(who):
        raise InvalidError([("name", "must be of a person")])
    return subject_of(who)


def _as_page(erasure: Erasure | None) -> dict[str, Any] | None:
    if erasure is None:
        return None
    return {
        "reason": erasure.reason,
        "at": erasure.at,
        "by": erasure.by,
        "finished": erasure.finished_at is not None,
    }
