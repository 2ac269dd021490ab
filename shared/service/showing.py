"""What leaves a service is what the table of fields gives to whoever asks, whatever an endpoint answers.

JSON and lines of JSON pass through it at the gate, pages where they are rendered. An answer of another kind holds
nothing of a family.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import aclosing
from enum import Enum
from types import ModuleType
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.access.actions import Action
from shared.access.fields import Audience, UnknownFieldError, View, view_of
from shared.access.principal import Caller
from shared.access.roles import Role
from shared.access.scopes import Belonging, Scope
from shared.access.table import TABLE, About, roles_for
from shared.service.answers import Json

REFUSAL = "every refusal"
_LINES = "application/x-ndjson"
_ERROR = 400


def seen_as(request: Request, record: Belonging) -> None:
    """Notes by which of their roles the caller reaches the record that is asked for."""
    request.state.seen_as = roles_for(request.state.caller, request.state.action, record)


def screened(request: Request, people: Collection[UUID]) -> None:
    """Notes whom the caller's own agency screened in the case: of others it is shown nothing."""
    request.state.people = frozenset(map(str, people))


def audience_of(request: Request) -> Audience:
    """Who looks at the answer to a request."""
    caller: Caller | None = getattr(request.state, "caller", None)
    action: Action | None = getattr(request.state, "action", None)
    if caller is None or action is None:
        return Audience()
    roles: frozenset[Role] = getattr(request.state, "seen_as", None) or roles_for(caller, action)
    own_agency_s = bool(roles) and all(TABLE[action].roles[role] is Scope.AGENCY for role in roles)
    return Audience(roles, getattr(request.state, "people", frozenset()) if own_agency_s else None)


def shown(request: Request, response: Response) -> Response:
    """The answer with what its view shows to whoever asks. Raises UnknownFieldError for a field that is not in it."""
    if isinstance(response, Json):
        view = view_of(REFUSAL if response.status_code >= _ERROR else _name(request))
        if not view.is_whole:
            content = view.shown(orjson.loads(response.body), audience_of(request))
            response.body = response.render(content)
            response.headers["content-length"] = str(len(response.body))
        return response
    action: Action = request.state.action
    if isinstance(response, StreamingResponse) and response.media_type == _LINES:
        view = view_of(_name(request))
        if not view.is_whole:
            response.body_iterator = _lines(view, audience_of(request), response.body_iterator)
    elif TABLE[action].about is not About.MACHINERY and not _is_published_whole(request, action):
        raise UnknownFieldError(f"{_name(request)}: only JSON can be held to the table of fields")
    return response


def of_page(request: Request, template: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a page is rendered from. Raises UnknownFieldError for a field that its view does not have."""
    found: dict[str, Any] = view_of(f"page {template}").shown(values, audience_of(request), _is_plain)
    return found


def _is_published_whole(request: Request, action: Action) -> bool:
    """Whether an answer is a file of what is published, of which everybody who may ask sees everything."""
    return TABLE[action].about is About.PUBLISHED and view_of(_name(request)).is_whole


async def _lines(view: View, audience: Audience, chunks: Any) -> AsyncIterator[bytes]:
    async with aclosing(chunks):
        async for chunk in chunks:
            for line in chunk.splitlines():
                yield orjson.dumps(view.shown(orjson.loads(line), audience)) + b"\n"


def _name(request: Request) -> str:
    method = "GET" if request.method == "HEAD" else request.method
    return f"{method} {request.scope['route'].path}"


def _is_plain(value: Any) -> bool:
    """Whether a template can read nothing of it but itself: a value, or what words and forms a page is made with."""
    if isinstance(value, str | int | float | bool | None | UUID | Enum | frozenset | Callable | ModuleType):
        return True
    return type(value).__module__ in _PAGES_OWN or hasattr(value, "isoformat")


_PAGES_OWN = frozenset({"shared.web.forms"})
