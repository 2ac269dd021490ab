"""What providers and front doors without Kafka hand in over HTTP: checked as on their topic, and put there."""

from typing import Any

import orjson
from pydantic import RootModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.handlers.handed_in import hand_in
from services.referral.handlers.ingress import PartyIngress
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.provider import ProviderUpdate
from shared.service.answers import Json, problem
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import guarded, reach_of
from shared.service.requests import record_of


class AnyUpdate(RootModel[ProviderUpdate]):
    """One update of a provider, of any kind."""


def routes(context: Context) -> list[Route]:
    """POST /providers/{provider}/updates; POST /front-doors/{agency}/contacts."""
    ingress = PartyIngress(context)

    @guarded
    @describes(body=AnyUpdate)
    async def update(request: Request) -> Response:
        provider = request.path_params["provider"]
        if reach_of(request).provider != provider:
            return problem(404, "There is no provider of this name within your reach.")
        content = await record_of(request, AnyUpdate)
        read = await ingress.read_update(provider, content)
        record: dict[str, Any] = orjson.loads(content)
        answer: dict[str, Any] = {"update_id": read.update_id}
        try:
            decided = await hand_in(context, provider, read.update_id, record)
        except UpdateRefusedError as error:
            found = [{"field": each.field, "rule": each.rule} for each in error.findings]
            return Json({**answer, "status": "refused", "reason": error.reason, "errors": found})
        return Json({**answer, "status": "taken" if decided else "received"})

    @guarded
    @describes(body=WrapAroundContact)
    async def contact(request: Request) -> Response:
        agency = request.path_params["agency"]
        if reach_of(request).agency != agency:
            return problem(404, "There is no front door of this name within your reach.")
        read = await ingress.hand_in_contact(agency, await record_of(request, WrapAroundContact))
        return Json({"contact_id": read.contact_id, "status": "received"})

    return [
        Route("/providers/{provider}/updates", update, methods=["POST"]),
        Route("/front-doors/{agency}/contacts", contact, methods=["POST"]),
    ]
