"""Workforce's HTTP, for whoever runs the training: sessions and places, and what became of them."""

from starlette.routing import Route

from services.workforce.web import handover, records, sessions
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """Every route of the service; all of them want the operator's token."""
    return [*sessions.routes(context), *records.routes(context), *handover.routes(context)]
