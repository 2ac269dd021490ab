"""A provider's pages: the referrals to it, and each with what its people record of their work."""

from jinja2 import ChoiceLoader, PackageLoader
from starlette.routing import Route

from services.referral.web.provider import (
    goals,
    messages,
    performance,
    places,
    recording,
    referrals,
    team,
    warnings,
)
from shared.service.definition import Context
from shared.web.pages import Pages


def routes(context: Context) -> list[Route]:
    """Every page. How one comes in and out is the same as for the service's other pages."""
    pages = Pages(
        context, ChoiceLoader([PackageLoader("services.referral.web.provider"), PackageLoader("services.referral.web")])
    )
    rooms = (referrals, recording, team, places, warnings, messages, goals, performance)
    return [route for room in rooms for route in room.routes(pages)]
