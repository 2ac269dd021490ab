"""The panel's pages: when it meets, who is on it, what is on the agenda, and what it decides of a case."""

from starlette.routing import Route

from services.referral.web.pages.panel import agenda, items, meetings, members
from shared.web.pages import Pages


def routes(pages: Pages) -> list[Route]:
    """Every page under /pages/panel."""
    return [*meetings.routes(pages), *members.routes(pages), *agenda.routes(pages), *items.routes(pages)]
