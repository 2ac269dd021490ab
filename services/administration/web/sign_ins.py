"""What the identity provider says to us: that a sign-in has ended (OpenID Connect Back-Channel Logout 1.0).

It has one address for all services. A logout token is all of the right to it: it is signed by the provider, for our own
clients, and counts once.
"""

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.administration.handlers.sign_ins import SignIns
from shared.access.errors import IdentityUnavailableError, TokenRefusedError
from shared.service.answers import Json
from shared.service.definition import Context
from shared.web.forms import Form, FormRefusedError
from shared.web.settings import PagesSettings

log = structlog.get_logger()
_KEPT_BY_NOBODY = {"Cache-Control": "no-store"}


def routes(context: Context) -> list[Route]:
    """POST /sign-in/ended."""
    commands, clients = SignIns(context), PagesSettings().clients

    async def ended(request: Request) -> Response:
        verifier = request.app.state.gate.verifier
        try:
            token = (await Form.of(request)).get("logout_token")
            if verifier is None or not token:
                raise TokenRefusedError("there is no logout token")
            first = await commands.end(await verifier.verify_logout(token, clients))
        except (FormRefusedError, TokenRefusedError) as error:
            log.warning("a logout token was refused", rule=str(error) or "it is not a form")
            return Json({"error": "invalid_request"}, status_code=400, headers=_KEPT_BY_NOBODY)
        except IdentityUnavailableError:
            return Json({"error": "temporarily_unavailable"}, status_code=503, headers=_KEPT_BY_NOBODY)
        log.info("the identity provider ended a sign-in", again=not first)
        return Response(status_code=200, headers=_KEPT_BY_NOBODY)

    return [Route("/sign-in/ended", ended, methods=["POST"])]
