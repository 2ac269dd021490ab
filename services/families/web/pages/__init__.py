"""The coordinator's pages of families that may be one: what waits, what agrees, and what a person decides."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.families.handlers.decisions import Decisions
from services.families.web.pages import families, find, likenesses
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context, decisions: Decisions) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.families.web.pages"))
    return [
        *likenesses.routes(pages, decisions),
        *families.routes(pages, decisions),
        *find.routes(pages),
        *sign_in.routes(pages),
    ]
