"""A provider's webhook, for its own people: where to, whether it arrives, a test, and the secret, shown once."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.domain.webhooks import Attempt, Outcome
from services.notification.handlers.webhook_sender import WebhookSender
from services.notification.handlers.webhooks import Shown, Webhooks
from shared.access.actions import Action
from shared.access.principal import Principal
from shared.access.table import is_allowed
from shared.service.form_keys import AlreadySentError
from shared.service.gate import reach_of
from shared.service.requests import InvalidRequestError
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_NO_PROVIDER = "Your organisation is not registered as a provider. Ask whoever administers your area."
_OUTCOMES = {
    Outcome.DELIVERED: ("Arrived", "govuk-tag--green"),
    Outcome.OVERTAKEN: ("Left out: it was overtaken", "govuk-tag--grey"),
    Outcome.FAILED: ("Did not arrive", "govuk-tag--red"),
    Outcome.GONE: ("Your server says that it is gone", "govuk-tag--red"),
}
_ERRORS = {
    "timeout": "your server did not answer in time",
    "no-connection": "there is no server at this address",
    "certificate": "the certificate of your server could not be checked",
    "no-answer": "your server broke off",
    "address-not-allowed": "the address is not one of the internet's",
    "no-key": "you have given no public key that can be used",
    "no-secret": "the webhook was removed meanwhile",
    "error": "an error of ours: it is tried again",
}


def routes(pages: Pages, hooks: Webhooks, sender: WebhookSender) -> list[Route]:
    """GET /pages/webhook; POST it, …/secret, …/ping and …/remove."""

    @pages.guarded
    async def show(request: Request) -> Response:
        return await _page(pages, hooks, request)

    @pages.guarded
    async def give(request: Request) -> Response:
        form = form_of(request)
        try:
            found = await hooks.set(_provider(request), form.get("address"), form.key)
        except AlreadySentError:
            return pages.to("/pages/webhook")
        except InvalidRequestError as error:
            return await _page(pages, hooks, request, problem=f"The address {error.findings[0].rule}")
        return await _changed(pages, hooks, request, found)

    @pages.guarded
    async def rotate(request: Request) -> Response:
        try:
            found = await hooks.rotate(_provider(request), form_of(request).key)
        except (AlreadySentError, InvalidRequestError):
            return pages.to("/pages/webhook")
        return await _changed(pages, hooks, request, found)

    @pages.guarded
    async def ping(request: Request) -> Response:
        attempt = await sender.ping(_provider(request))
        return await _page(pages, hooks, request, ping=_reported(attempt) if attempt else "")

    @pages.guarded
    async def remove(request: Request) -> Response:
        await hooks.remove(_provider(request))
        return pages.to("/pages/webhook", done="removed")

    return [
        Route("/pages/webhook", show),
        Route("/pages/webhook", give, methods=["POST"]),
        Route("/pages/webhook/secret", rotate, methods=["POST"]),
        Route("/pages/webhook/ping", ping, methods=["POST"]),
        Route("/pages/webhook/remove", remove, methods=["POST"]),
    ]


def _provider(request: Request) -> str:
    """The caller's own provider; nobody reaches another's."""
    return reach_of(request).provider or ""


async def _changed(pages: Pages, hooks: Webhooks, request: Request, found: Shown | None) -> Response:
    secret = found.secret if found and found.secret else ""
    # What is shown once is in this answer alone: no address holds it, and a form that is sent again gets none.
    return await _page(pages, hooks, request, secret=secret, done="" if secret else "changed")


async def _page(
    pages: Pages,
    hooks: Webhooks,
    request: Request,
    **reported: str,
) -> Response:
    """`reported`: a new secret, what was done, what is wrong with the address, or what came of a test."""
    provider, caller = _provider(request), request.state.caller
    found = await hooks.show(provider)
    if found is None:
        return await pages.problem(request, 404, "Page not found", _NO_PROVIDER)
    attempts, next_at = await hooks.deliveries(provider)
    manages = isinstance(caller, Principal) and is_allowed(caller, Action.PROVIDER_WEBHOOKS_MANAGE)
    return await pages.render(
        request,
        "webhook.html",
        422 if "problem" in reported else 200,
        title="Your webhook",
        manages=manages,
        hook=_hook(found.webhook) if found.webhook else None,
        next_at=next_at,
        attempts=[_line(each) for each in attempts],
        secret=reported.get("secret", ""),
        key=new_key(),
        done=reported.get("done") or request.query_params.get("done", ""),
        problem=reported.get("problem", ""),
        typed=form_of(request).get("address") if "problem" in reported else (found.webhook or {}).get("address", ""),
        ping=reported.get("ping", ""),
    )


def _hook(webhook: dict[str, Any]) -> dict[str, Any]:
    until = webhook["previous_until"]
    return {
        "address": webhook["address"],
        "disabled": webhook["status"] == "disabled",
        "working": webhook["status"] == "enabled" and not webhook["last_error"],
        "pending": webhook["pending"],
        "failing": webhook["failing"],
        "given_up": webhook["given_up"],
        "delivered_at": webhook["delivered_at"],
        "overlap": until if until and until > datetime.now(UTC) else None,
    }


def _line(attempt: dict[str, Any]) -> dict[str, Any]:
    text, colour = _OUTCOMES[Outcome(attempt["outcome"])]
    why = _why(attempt["error"])
    what = "Test" if attempt["ping"] else f"Attempt {attempt['attempt']}" if attempt["attempt"] > 1 else "Message"
    return {"at": attempt["at"], "text": f"{text}: {why}" if why else text, "colour": colour, "what": what}


def _reported(attempt: Attempt) -> str:
    if attempt.outcome is Outcome.DELIVERED:
        return "The test arrived: your server took it."
    return f"The test did not arrive: {_why(attempt.error)}. It is not sent again."


def _why(error: str | None) -> str:
    if error is None:
        return ""
    return _ERRORS.get(error, f"your server answered {error.removeprefix('http-')}")
