"""The request by which a page hears that something on it has changed: GET /changes, as server-sent events."""

import time
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Match, Route

from shared.service.limits import Limit
from shared.web.live import Changes, stream
from shared.web.pages import Pages

_LONGEST_S = 12 * 3600
# Each tab has a stream, which it asks for again when it ends.
_AT_ONCE, _EVERY_S = 60, 1.0


def route(pages: Pages) -> Route:
    """GET /changes?of=PATH&at=MS: of the page at this path, which was made at this time (Unix, in milliseconds).

    Whoever may not ask for the page is not told of it: 401 without a session, 403 without the right, 404 for no page.
    """
    changes = Changes(pages.context.pool)
    limit = Limit(_AT_ONCE, _EVERY_S)

    @pages.answering
    async def follow(request: Request) -> Response:
        visitor = await pages.visitor_of(request, works=False)
        if visitor is None:
            return Response(status_code=401)
        if not limit.allows(visitor.principal.subject):
            return Response(status_code=429, headers={"Retry-After": "5"})
        found = _page(request, request.query_params.get("of", ""))
        if found is None:
            return Response(status_code=404)
        asked, on_page = found
        gate = request.app.state.gate
        request.scope["route"] = asked
        reach = gate.reach_of(visitor.principal, gate.action_of(request))
        content = stream(changes, reach, on_page, _time_of(request))
        return StreamingResponse(content, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return Route("/changes", follow)


def _page(request: Request, path: str) -> tuple[Route, frozenset[UUID]] | None:
    """The page at a path of this service, and the ids in it."""
    for each in request.app.routes:
        if isinstance(each, Route) and each.path.startswith("/pages/"):
            matched, scope = each.matches({"type": "http", "method": "GET", "path": path})
            if matched is Match.FULL:
                values = scope["path_params"].values()
                return each, frozenset(value for value in values if isinstance(value, UUID))
    return None


def _time_of(request: Request) -> float:
    """When the page was made, in seconds; now, where it does not say so or says what cannot be."""
    given, now = request.query_params.get("at", ""), time.time()
    at = int(given) / 1000 if given.isascii() and given.isdigit() and len(given) < 16 else now
    return min(max(at, now - _LONGEST_S), now)
