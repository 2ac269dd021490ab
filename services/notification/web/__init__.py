"""Notification's HTTP: what waits and what is held, for those who may ask; and providers' public keys and webhooks."""

from starlette.routing import Route

from services.notification.handlers.provider_keys import ProviderKeys
from services.notification.handlers.webhook_sender import WebhookSender
from services.notification.web import notices, pages, people, provider_keys, queues, webhooks
from shared.service.definition import Context


def routes(context: Context, keys: ProviderKeys, sender: WebhookSender) -> list[Route]:
    """Every page."""
    return [
        *queues.routes(context),
        *people.routes(context),
        *notices.routes(context),
        *provider_keys.routes(keys),
        *webhooks.routes(context),
        *pages.routes(context, sender),
    ]
