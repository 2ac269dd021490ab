"""The trainer's pages: the sessions, and one session with everybody's place."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.workforce.web.pages import arranging, sessions
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.workforce.web.pages"))
    return [*sessions.routes(pages), *arranging.routes(pages), *sign_in.routes(pages)]
