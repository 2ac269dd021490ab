"""Erasing a person: what is held of them, by ids and counts alone, and the erasure itself."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.decisions import UnknownError
from services.families.handlers.erasures import NO_PERSON, Erasures, Found
from services.families.repository.erasures import Erasure
from services.families.web.bodies import page
from shared.access.scopes import Belonging
from shared.contracts.families import ErasureReason
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting, covers
from shared.service.recording import because, concerns
from shared.service.requests import body_of
from shared.service.subject_access import REASON, reason_of


class ErasureBody(BaseModel):
    """Why, as a code, and which of the ids that may be theirs are. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: ErasureReason
    also: tuple[UUID, ...] = Field(default=(), max_length=100)


def routes(context: Context) -> list[Route]:
    """GET /people/{id}/ids; GET /people/{id}/erasure; POST /people/{id}/erase."""
    erasures = Erasures(context)

    async def recorded(request: Request) -> Erasure | None:
        """The erasure of this person, if there was one within the caller's reach. Raises UnknownError beyond it."""
        found = await erasures.recorded(request.path_params["id"])
        if found is not None and not covers(request, Belonging.of([found.area])):
            raise UnknownError(NO_PERSON)
        return found

    async def within_reach(request: Request) -> Found:
        found = await erasures.find(request.path_params["id"])
        # Each of their cases is, or none of it is shown: a family is of one area.
        if not all(covers(request, Belonging.of([area])) for area in found.areas):
            raise UnknownError(NO_PERSON)
        return found

    @page
    async def preview(request: Request) -> Response:
        if erased := await recorded(request):
            return Json({"person": erased.person_id, "erased": _as_page(erased), "people": [], "perhaps": []})
        found = await within_reach(request)
        return Json(
            {
                "person": request.path_params["id"],
                "erased": None,
                "people": _listed(found, found.human.certain),
                "perhaps": _listed(found, found.human.perhaps),
            }
        )

    @page
    @describes(query=(REASON,))
    async def ids(request: Request) -> Response:
        because(request, reason_of(request))
        if erased := await recorded(request):
            return Json({"person": erased.person_id, "erased": _as_page(erased), "people": [], "perhaps": []})
        found = await within_reach(request)
        people = {"people": found.human.certain, "perhaps": found.human.perhaps}
        concerns(request, persons=found.human.certain)
        shown = {name: [_named(found, each) for each in sorted(those)] for name, those in people.items()}
        return Json({"person": request.path_params["id"], "erased": None, **shown})

    @page
    @describes(body=ErasureBody)
    async def erase(request: Request) -> Response:
        body = await body_of(request, ErasureBody, empty=b"{}")
        if await recorded(request) is None:
            await within_reach(request)
        done = await erasures.erase(request.path_params["id"], body.also, body.reason, acting(request))
        return Json({"person": request.path_params["id"], "erased": _as_page(done)})

    return [
        Route("/people/{id:uuid}/ids", ids),
        Route("/people/{id:uuid}/erasure", preview),
        Route("/people/{id:uuid}/erase", erase, methods=["POST"]),
    ]


def _listed(found: Found, people: Iterable[UUID]) -> list[dict[str, Any]]:
    return [
        {
            **_named(found, person),
            "screenings": len({each.key for each in found.sights[person]}),
            "taken_back": not any(each.of_family for each in found.sights[person]),
            "tokens": found.tokens.get(person, 0),
        }
        for person in sorted(people)
    ]


def _named(found: Found, person: UUID) -> dict[str, Any]:
    """One id, as what it stands in which case, and the front door that made it known."""
    sight = found.sights[person][0]
    return {"person": person, "as": sight.kind, "case": sight.case_id, "agency": sight.key[0]}


def _as_page(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.erasure_id,
        "reason": erasure.reason,
        "at": erasure.at,
        "by": erasure.by,
        "finished": erasure.finished_at is not None,
    }
