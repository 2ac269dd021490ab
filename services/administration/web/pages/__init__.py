"""The pages of the operator and of who administers areas: how every service is, and what is registered."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.administration.handlers.accounts import People
from services.administration.handlers.audit_checks import AuditChecks
from services.administration.handlers.changes import Changes
from services.administration.handlers.machinery import Machinery
from services.administration.web.pages import accounts, changing, dead_letters, directory, importing, notices, overview
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context, machinery: Machinery, people: People) -> list[Route]:
    """Every page, and how one comes in and out."""
    changes = Changes(context)
    pages = Pages(context, PackageLoader("services.administration.web.pages"))
    return [
        *overview.routes(pages, machinery, AuditChecks(context, machinery)),
        *dead_letters.routes(pages, machinery),
        *notices.routes(pages),
        *directory.routes(pages),
        *changing.routes(pages, changes),
        *importing.routes(pages, changes),
        *accounts.routes(pages, people),
        *sign_in.routes(pages),
    ]
