"""The administration service's HTTP, pages and what the identity provider says: parse, ask a handler, render."""

from starlette.routing import Route

from services.administration.handlers.accounts import People
from services.administration.handlers.machinery import Machinery
from services.administration.web import pages, sign_ins
from shared.service.definition import Context


def routes(context: Context, machinery: Machinery, people: People) -> list[Route]:
    """Every route of the service."""
    return [*sign_ins.routes(context), *pages.routes(context, machinery, people)]
