"""The front door's pages: who are you worried about, a form page by page, what became of it, and its corrections."""

from starlette.routing import Route

from services.screening.web.pages.front_door import form, sending, sent, start
from shared.web.pages import Pages


def routes(pages: Pages) -> list[Route]:
    """Every page of a front door."""
    return [*start.routes(pages), *form.routes(pages), *sending.routes(pages), *sent.routes(pages)]
