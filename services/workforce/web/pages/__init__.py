"""The pages: the trainer's sessions and what came of them, a practitioner's own training, and certificates."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.workforce.web.pages import (
    answers,
    arranging,
    certificates,
    champions,
    moving,
    own,
    own_answers,
    sessions,
    untrained,
)
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.workforce.web.pages"))
    rooms = (sessions, arranging, moving, answers, untrained, champions, certificates, own, own_answers)
    return [*(route for room in rooms for route in room.routes(pages)), *sign_in.routes(pages)]
