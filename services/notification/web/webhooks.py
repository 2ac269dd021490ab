"""A provider's webhook: shown and changed by its own people; and, for the operator, how much waits at all of them."""

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.domain.webhooks import LONGEST_ADDRESS
from services.notification.handlers.webhooks import Shown, Webhooks
from services.notification.repository import webhooks
from services.notification.web.own_provider import no_such_provider, reaches
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import guarded
from shared.service.requests import body_of


class GivenAddress(BaseModel):
    """The body of a request that says where to."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(min_length=1, max_length=LONGEST_ADDRESS)


class Nothing(BaseModel):
    """A body that says nothing more."""

    model_config = ConfigDict(extra="forbid")


def routes(context: Context) -> list[Route]:
    """GET /providers/{provider}/webhook: `{provider, webhook}`, which is null where there is none; POST: `{address}`.

    POST …/secret: another secret; POST …/remove: none any more. What makes a secret answers it, once, as `secret`.
    GET /webhooks: counts, in all and by provider.
    """
    hooks = Webhooks(context)

    @guarded
    @describes()
    async def show(request: Request) -> Response:
        return _answer(request, await hooks.show(request.path_params["provider"]) if reaches(request) else None)

    @guarded
    @describes(body=GivenAddress)
    async def give(request: Request) -> Response:
        body = await body_of(request, GivenAddress)
        if not reaches(request):
            return _answer(request, None)
        return _answer(request, await hooks.set(request.path_params["provider"], body.address), with_secret=True)

    @guarded
    @describes(body=Nothing)
    async def rotate(request: Request) -> Response:
        await body_of(request, Nothing, empty=b"{}")
        found = await hooks.rotate(request.path_params["provider"]) if reaches(request) else None
        return _answer(request, found, with_secret=True)

    @guarded
    @describes(body=Nothing)
    async def remove(request: Request) -> Response:
        await body_of(request, Nothing, empty=b"{}")
        return _answer(request, await hooks.remove(request.path_params["provider"]) if reaches(request) else None)

    @guarded
    @describes()
    async def counted(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json(await webhooks.counts(connection))

    return [
        Route("/providers/{provider}/webhook", show, methods=["GET"]),
        Route("/providers/{provider}/webhook", give, methods=["POST"]),
        Route("/providers/{provider}/webhook/secret", rotate, methods=["POST"]),
        Route("/providers/{provider}/webhook/remove", remove, methods=["POST"]),
        Route("/webhooks", counted),
    ]


def _answer(request: Request, found: Shown | None, *, with_secret: bool = False) -> Response:
    if found is None:
        return no_such_provider()
    secret = {"secret": found.secret} if with_secret else {}
    return Json({"provider": request.path_params["provider"], "webhook": found.webhook, **secret})
