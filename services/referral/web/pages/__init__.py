"""The coordinator's pages: the worklist, and a case with what may be done about it."""

from jinja2 import ChoiceLoader, PackageLoader
from starlette.routing import Route

from services.referral.web.pages import (
    actions,
    case,
    conflicts,
    consents,
    cover,
    emergencies,
    messages,
    panel,
    reassign,
    referrer,
    refused_records,
    step_ups,
    waiting,
    worklist,
    wrap_around,
)
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(
        context, ChoiceLoader([PackageLoader("services.referral.web.pages"), PackageLoader("services.referral.web")])
    )
    return [
        *worklist.routes(pages),
        *reassign.routes(pages),
        *cover.routes(pages),
        *waiting.routes(pages),
        *case.routes(pages),
        *actions.routes(pages),
        *consents.routes(pages),
        *conflicts.routes(pages),
        *wrap_around.routes(pages),
        *step_ups.routes(pages),
        *messages.routes(pages),
        *refused_records.routes(pages),
        *referrer.routes(pages),
        *emergencies.routes(pages),
        *panel.routes(pages),
        *sign_in.routes(pages),
    ]
