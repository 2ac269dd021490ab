"""Practitioners: who has whose cases from now on."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import InvalidError
from services.workforce.handlers.hand_over import HandOver, HandOvers
from services.workforce.handlers.people import Person
from services.workforce.web import bodies
from services.workforce.web.answers import page, read, require_agency
from shared.contracts.practitioners import practitioner_id
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting
from shared.service.recording import concerns


def routes(context: Context) -> list[Route]:
    """POST /practitioners/hand-over."""
    hand_overs = HandOvers(context)

    @describes(body=bodies.HandOver)
    async def hand_over(request: Request) -> Response:
        """Names who is written to from now on, and moves what is a person's own to the id that they have now."""
        body = await read(request, bodies.HandOver)
        former = practitioner_id(body.agency, body.practitioner)
        new_id = practitioner_id(body.agency, body.to.practitioner)
        concerns(request, practitioners=[former, new_id])
        await require_agency(context, request, body.agency)
        if former == new_id:
            raise InvalidError([("to.practitioner", "must be another than the one who hands over")])
        successor = Person(new_id, body.agency, body.to.practitioner, body.to.name, body.to.email)
        followed = await hand_overs.hand_over(
            HandOver(former, successor, body.to.role, body.same_person), acting(request)
        )
        return Json({"practitioner_id": former, "handed_over_to": new_id, "trainings_followed": followed})

    return [Route("/practitioners/hand-over", page(hand_over), methods=["POST"])]
