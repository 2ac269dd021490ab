"""The pages of the operator and of who administers areas: how every service is, and what is registered."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.administration.handlers.machinery import Machinery
from services.administration.web.pages import dead_letters, directory, notices, overview
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context, machinery: Machinery) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.administration.web.pages"))
    return [
        *overview.routes(pages, machinery),
        *dead_letters.routes(pages, machinery),
        *notices.routes(pages),
        *directory.routes(pages),
        *sign_in.routes(pages),
    ]
