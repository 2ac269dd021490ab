"""A parent's own pages, which a one-time link opens: what they agreed to, and what they want to say."""

from starlette.routing import Route

from services.notification.handlers.own_links import OwnLinks
from services.notification.web.own import answering, entering, measuring
from services.notification.web.own.answering import NOTICE
from services.notification.web.own.pages import OwnPages
from shared.web.pages import Pages

__all__ = ["NOTICE", "links_of", "routes"]

LINK_PATH = "/pages/l"
"""Where a link leads, before its secret."""


def links_of(pages: Pages) -> OwnLinks:
    """What makes and opens the links of these pages."""
    return OwnLinks(pages.context, f"{pages.origin}{pages.prefix}{LINK_PATH}")


def routes(pages: Pages, links: OwnLinks) -> list[Route]:
    """Every page of a parent's."""
    own = OwnPages(pages, links)
    return [*entering.routes(own), *answering.routes(own), *measuring.routes(own)]
