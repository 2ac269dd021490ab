"""A provider's public keys: shown by fingerprint, and given by its manager."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.provider_keys import KnownKey, ProviderKeys
from services.notification.web.own_provider import no_such_provider, reaches
from shared.service.answers import Json
from shared.service.described import describes
from shared.service.gate import guarded
from shared.service.requests import body_of


class GivenKey(BaseModel):
    """The body of a request that gives a key."""

    model_config = ConfigDict(extra="forbid")

    public_key: dict[str, Any]


def routes(keys: ProviderKeys) -> list[Route]:
    """GET /providers/{provider}/keys: `{provider, keys: [{fingerprint, since, until}]}`, the one in force first.

    POST: `{public_key}`, a JWK without private members.
    """

    @guarded
    @describes()
    async def show(request: Request) -> Response:
        return _answer(request, await keys.known(request.path_params["provider"]) if reaches(request) else None)

    @guarded
    @describes(body=GivenKey)
    async def give(request: Request) -> Response:
        body = await body_of(request, GivenKey)
        if not reaches(request):
            return _answer(request, None)
        provider, request_id = request.path_params["provider"], request.state.correlation_id
        return _answer(request, await keys.give(provider, body.public_key, request_id))

    return [
        Route("/providers/{provider}/keys", show, methods=["GET"]),
        Route("/providers/{provider}/keys", give, methods=["POST"]),
    ]


def _answer(request: Request, found: Sequence[KnownKey] | None) -> Response:
    if found is None:
        return no_such_provider()
    keys = [{"fingerprint": each.fingerprint, "since": each.since, "until": each.until} for each in found]
    return Json({"provider": request.path_params["provider"], "keys": keys})
