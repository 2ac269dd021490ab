"""Referral's HTTP, for the coordinator and the panel, in their own areas."""

from starlette.routing import Route

from services.referral.web import (
    cases,
    emergencies,
    offers,
    pages,
    panel,
    people,
    provider,
    records,
    retention,
    sharing,
    step_ups,
    worklist,
)
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """Every page and command."""
    return [
        *worklist.routes(context),
        *cases.routes(context),
        *sharing.routes(context),
        *step_ups.routes(context),
        *emergencies.routes(context),
        *offers.routes(context),
        *panel.routes(context),
        *people.routes(context),
        *records.routes(context),
        *retention.routes(context),
        *provider.routes(context),
        *pages.routes(context),
    ]
