"""Notification's pages: what each party was told, for its people to read."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.notification.handlers.own_answers import OwnAnswers
from services.notification.handlers.webhook_sender import WebhookSender
from services.notification.handlers.webhooks import Webhooks
from services.notification.web import own
from services.notification.web.pages import (
    ask_parent,
    complaints,
    families,
    links,
    mails,
    referrals,
    shared_with,
    webhook,
)
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context, sender: WebhookSender) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.notification.web.pages"))
    own_links = own.links_of(pages)
    return [
        *families.routes(pages),
        *referrals.routes(pages),
        *shared_with.routes(pages),
        *links.routes(pages, own_links),
        *ask_parent.routes(pages, own_links),
        *complaints.routes(pages, OwnAnswers(context, own.NOTICE)),
        *own.routes(pages, own_links),
        *mails.routes(pages),
        *webhook.routes(pages, Webhooks(context), sender),
        *sign_in.routes(pages),
    ]
