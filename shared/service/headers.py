"""Headers of every answer of a service: nobody on its way keeps it, and nobody guesses what it is.

What stands at the entrance sets more; a service is also asked without one.
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WHERE_MISSING: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class _KeptByNobody:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in WHERE_MISSING.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)


def kept_by_nobody() -> Middleware:
    """Sets these headers where an answer has none of that name: style sheets may be kept, and say so."""
    return Middleware(_KeptByNobody)
