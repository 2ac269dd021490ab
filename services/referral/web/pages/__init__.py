"""The coordinator's pages: the worklist, and a case with what may be done about it."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.referral.web.pages import actions, case, emergencies, worklist
from shared.access.roles import Role
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages, Place


def routes(context: Context) -> list[Route]:
    """Every page, and how one comes in and out."""
    places = (
        Place("Worklist", "/pages/worklist", frozenset({Role.COORDINATOR})),
        Place("Emergency", "/pages/emergency", frozenset({Role.COORDINATOR, Role.TEAM_MANAGER})),
        Place("Opened in an emergency", "/pages/emergencies", frozenset({Role.COORDINATOR, Role.AREA_ADMINISTRATOR})),
    )
    pages = Pages(context, PackageLoader("services.referral.web.pages"), places)
    return [
        *worklist.routes(pages),
        *case.routes(pages),
        *actions.routes(pages),
        *emergencies.routes(pages),
        *sign_in.routes(pages),
    ]
