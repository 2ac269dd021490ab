"""What waits to go out: e-mails, counted, and referrals, by ids."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.repository import cases, emails
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.gate import guarded


def routes(context: Context) -> list[Route]:
    """GET /e-mails: `{queued, sent, failed}`. GET /waiting: referrals that wait and why, by ids alone."""

    @guarded
    async def email_counts(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json(await emails.counts(connection))

    @guarded
    async def waiting(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json({"items": await cases.waiting(connection)})

    return [Route("/e-mails", email_counts), Route("/waiting", waiting)]
