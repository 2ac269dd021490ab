"""Certificates: downloaded by whoever holds one and by the trainer, and looked up by anybody who is shown one."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.calendar import has_lapsed
from services.workforce.domain.errors import UnknownError
from services.workforce.repository import certificates as queries
from services.workforce.repository import own as own_rows
from services.workforce.web import certificate_pdf
from services.workforce.web.answers import named
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering
from services.workforce.web.pages.own import HOME, own_person, own_place
from shared.access.scopes import EVERYWHERE, Belonging
from shared.postgres.row_reach import reading_within
from shared.service.addresses import address_of
from shared.service.gate import covers
from shared.service.limits import Limit
from shared.service.recording import concerns
from shared.web.pages import Pages

_NUMBER = re.compile(r"[0-9]{4}-[0-9]{6,12}")
# A certificate of the whole course has as many as five.
_MOST_NUMBERS = 10
_LONGEST = 300
# So many look-ups at once from one address, then one every so often: nobody lists all certificates with it.
_AT_ONCE, _EVERY_S = 20, 10.0
_NOT_A_NUMBER = "Enter a number as it stands on the certificate, such as 2026-000123"
_NO_NUMBER = "There is no certificate with this number."
_NO_NAME = "There is no certificate to download: the name that would stand on it is not known, or was erased."
_STATUSES = {
    "valid": ("Valid", "govuk-tag--green"),
    "expired": ("Expired", "govuk-tag--grey"),
    "withdrawn": ("Not valid: the attendance was corrected", "govuk-tag--red"),
}


def routes(pages: Pages) -> list[Route]:
    """GET a certificate of one's own, the trainer's look at one, and the look-up for anybody."""
    limit = Limit(_AT_ONCE, _EVERY_S)

    def address() -> str:
        return f"{pages.origin}{pages.prefix}/pages/certificates/verify"

    @pages.guarded
    @answering(pages, HOME)
    async def own(request: Request) -> Response:
        place = await own_place(pages, request)
        if not place["certificate"]:
            raise UnknownError("There is no certificate for this training.")
        made = certificate_pdf.of_training(
            place, await _own_name(pages, request), address(), request.query_params.get("module", "")
        )
        return await _download(made)

    @pages.guarded
    @answering(pages, HOME)
    async def own_course(request: Request) -> Response:
        person = own_person(request)
        async with pages.context.pool.acquire() as connection, connection.transaction(readonly=True):
            held = [each for each in await own_rows.places(connection, person.practitioner_id) if each["certificate"]]
        return await _course(held, await _own_name(pages, request))

    @pages.guarded
    @answering(pages, "/pages/training")
    async def show(request: Request) -> Response:
        found, status, held = await _look_at(pages, request)
        text, colour = _STATUSES[status]
        return await pages.render(
            request,
            "certificate.html",
            title=f"Certificate {found['certificate']}",
            number=found["certificate"],
            name=found["name"],
            agency=found["agency"],
            status_text=text,
            valid=status == "valid",
            colour=colour,
            completed_on=found["completed_on"],
            valid_until=found["valid_until"],
            delivered_by=found["delivered_by"],
            modules=[{"code": str(code), "title": words.modules([code])[0]} for code in found["modules"]],
            course=certificate_pdf.of_course(held, "", _today(pages), "") is not None,
        )

    @pages.guarded
    @answering(pages, "/pages/training")
    async def pdf(request: Request) -> Response:
        found, status, _ = await _look_at(pages, request)
        if status == "withdrawn":
            raise UnknownError(_NO_NUMBER)
        made = certificate_pdf.of_training(found, _name(found), address(), request.query_params.get("module", ""))
        return await _download(made)

    @pages.guarded
    @answering(pages, "/pages/training")
    async def course(request: Request) -> Response:
        found, _, held = await _look_at(pages, request)
        return await _course(held, _name(found))

    @pages.answering
    async def verify(request: Request) -> Response:
        text = request.query_params.get("number", "")[:_LONGEST]
        numbers = list(dict.fromkeys(_NUMBER.findall(text)))[:_MOST_NUMBERS]
        if numbers and not limit.allows(address_of(request)):
            return await pages.problem(request, 429, "Too many look-ups", "Wait a minute, and try again.")
        found: list[dict[str, Any]] = []
        # Nobody is signed in here, and nothing is read but what anybody may know.
        with reading_within(EVERYWHERE):
            async with pages.context.pool.acquire() as connection:
                for number in numbers:
                    row = await queries.in_public(connection, number, _today(pages))
                    found.append(_in_public(number, row))
        return await pages.render(
            request,
            "verify.html",
            title="Check a certificate",
            asked=text,
            found=found,
            problem=_NOT_A_NUMBER if text and not found else "",
        )

    async def _course(held: list[dict[str, Any]], name: str) -> Response:
        made = certificate_pdf.of_course(held, name, _today(pages), address())
        if made is None:
            raise UnknownError("There is no certificate of the whole course: a module of it is missing.")
        return await _download(made)

    at = "/pages/certificates/{number}"
    return [
        Route(f"{HOME}/{{training:uuid}}/certificate", own),
        Route(f"{HOME}/course-certificate", own_course),
        Route("/pages/certificates/verify", verify),
        Route(at, show),
        Route(f"{at}/pdf", pdf),
        Route(f"{at}/course", course),
    ]


async def _look_at(pages: Pages, request: Request) -> tuple[dict[str, Any], str, list[dict[str, Any]]]:
    """The certificate of the path with its holder's name, its status, and all that they hold. Raises UnknownError."""
    async with (
        pages.context.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        found = await queries.one(connection, request.path_params["number"])
        if found is None or not covers(request, Belonging.of(found["areas"])):
            raise UnknownError(_NO_NUMBER)
        held = await queries.held_by(connection, found["practitioner_id"])
    concerns(request, practitioners=[found["practitioner_id"]])
    (shown,) = await named(pages.context.keyring, [found])
    if not shown["in_force"]:
        return shown, "withdrawn", held
    return shown, "expired" if has_lapsed(shown["valid_until"], _today(pages)) else "valid", held


async def _own_name(pages: Pages, request: Request) -> str:
    """The name that was registered with a booking or an attendance list, or else that of the sign-in."""
    person = own_person(request)
    async with pages.context.pool.acquire() as connection, connection.transaction(readonly=True):
        boxes = await own_rows.boxes(connection, person.practitioner_id)
    (shown,) = await named(pages.context.keyring, [boxes])
    return _name({"name": shown["name"] or person.name})


def _name(row: Mapping[str, Any]) -> str:
    name: str | None = row["name"]
    if not name:
        raise UnknownError(_NO_NAME)
    return name


async def _download(made: certificate_pdf.Certificate | None) -> Response:
    if made is None:
        raise UnknownError("This training did not teach that module.")
    return await certificate_pdf.download(made)


def _in_public(number: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    known = row or {"modules": [], "completed_on": None, "valid_until": None, "counts": False}
    return {
        "number": number,
        "counts": known["counts"],
        "modules": words.modules(list(known["modules"])),
        "completed_on": known["completed_on"],
        "valid_until": known["valid_until"],
    }


def _today(pages: Pages) -> Any:
    return pages.context.clock.now().date()
