"""The administration service's HTTP, which is pages alone: parse, ask a handler or the repository, render."""

from starlette.routing import Route

from services.administration.handlers.accounts import People
from services.administration.handlers.machinery import Machinery
from services.administration.web import pages
from shared.service.definition import Context


def routes(context: Context, machinery: Machinery, people: People) -> list[Route]:
    """Every route of the service."""
    return pages.routes(context, machinery, people)
