"""Front doors' records that are not in, in words: whose, since when, what was wrong, and who asks for it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.refused_records import Wrong
from services.referral.handlers import refused_records as handlers
from services.referral.handlers.errors import NotThereError
from services.referral.repository import refused_records
from services.referral.repository.reading import snapshot
from services.referral.repository.refused_records import RefusedRecord
from shared.service.gate import acting, reach_of
from shared.web.pages import Pages

AT = "/pages/refused-records"
_MOST = 100
WORDS: Mapping[str, str] = {
    Wrong.UNREADABLE: "it could not be read at all",
    Wrong.USED_BEFORE: "its number had been used for another record",
    Wrong.REGISTRATION: "it names an agency, an area or a kind of front door that does not belong together here",
    Wrong.REFERENCE: "its number or its reference of the family is missing or not as agreed",
    Wrong.TIME: "the time at which it was sent cannot be right",
    Wrong.PRACTITIONER: "who sent it is missing or not complete",
    Wrong.NAMES: "a parent's name is missing or not complete",
    Wrong.BIRTHS: "a date of birth is missing or cannot be right",
    Wrong.CONTACT: "how a parent is reached is missing or not complete",
    Wrong.CONVERSATION: "something about a conversation with a parent is missing or not as agreed",
    Wrong.NOTICE: "the day of a privacy notice is missing or cannot be right",
    Wrong.PARENTS: "something about a parent is missing or not as agreed",
    Wrong.CHILDREN: "something about a child is missing or not as agreed",
    Wrong.WRAP_AROUND: "who holds a parent in mind is missing or not complete",
    Wrong.MEASURES: "a measure is not as agreed",
    Wrong.OTHER: "something in it is not as agreed",
}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/refused-records; POST …/{record}/take and …/{record}/done."""

    @pages.guarded
    async def listed(request: Request) -> Response:
        areas = reach_of(request).whole_areas or []
        async with snapshot(pages.context.pool) as connection:
            rows = await refused_records.waiting(connection, areas, _MOST)
        return await pages.render(
            request,
            "refused_records.html",
            title="Records that are not in",
            records=[_line(row) for row in rows],
            areas=areas,
            me=acting(request),
            most=_MOST,
        )

    @pages.guarded
    async def take(request: Request) -> Response:
        areas = reach_of(request).whole_areas or []
        # Where it came in meanwhile, or somebody was quicker, the list shows what is so now.
        with suppress(NotThereError):
            await handlers.take(pages.context, request.path_params["record"], acting(request), areas)
        return pages.to(AT)

    @pages.guarded
    async def done(request: Request) -> Response:
        with suppress(NotThereError):
            await handlers.done(pages.context, request.path_params["record"], reach_of(request).whole_areas or [])
        return pages.to(AT)

    one = f"{AT}/{{record:uuid}}"
    return [
        Route(AT, listed),
        Route(f"{one}/take", take, methods=["POST"]),
        Route(f"{one}/done", done, methods=["POST"]),
    ]


def _line(row: RefusedRecord) -> dict[str, Any]:
    return {
        "refusal_id": row.refusal_id,
        "agency": row.agency,
        "area": row.area,
        "refused_at": row.refused_at,
        "wrong": [WORDS.get(each, WORDS[Wrong.OTHER]) for each in row.wrong],
        "taken_by": row.taken_by,
        "taken_at": row.taken_at,
    }
