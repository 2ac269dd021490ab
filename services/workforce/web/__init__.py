"""Workforce's HTTP, for whoever runs the training: parse, ask a handler or the repository, render."""

from starlette.routing import Route

from services.workforce.web import erasures, pages, practitioners, records, sessions
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """Every route of the service."""
    return [
        *sessions.routes(context),
        *records.routes(context),
        *practitioners.routes(context),
        *erasures.routes(context),
        *pages.routes(context),
    ]
