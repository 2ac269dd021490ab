"""Notification's HTTP for the operator: ask the repository, render. Nobody commands this service."""

from starlette.routing import Route

from services.notification.web import notices, people, queues
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """Every page."""
    return [*queues.routes(context), *people.routes(context), *notices.routes(context)]
