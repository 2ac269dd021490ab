"""Screening's pages: the front door's form, the contacts of a case's parents, and what a parent without an account asks
for.
"""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.screening.web.pages import asking, contacts, front_door, requests
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.screening.web.pages"))
    return [
        *front_door.routes(pages),
        *contacts.routes(pages),
        *requests.routes(pages),
        *asking.routes(pages),
        *sign_in.routes(pages),
    ]
