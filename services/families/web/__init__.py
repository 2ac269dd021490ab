"""Families' HTTP, for whoever decides on doubtful likenesses, in their own areas.

A person sees agencies, areas, case ids and how each field compares. Not what a field holds: whoever decides speaks with
the two workers, who know their families.
"""

from starlette.routing import Route

from services.families.handlers.decisions import Decisions
from services.families.web import families, likenesses, pages, people, restrictions, retention
from shared.service.definition import Context


def routes(context: Context) -> list[Route]:
    """Every page and command."""
    decisions = Decisions(context)
    return [
        *likenesses.routes(context, decisions),
        *families.routes(context, decisions),
        *people.routes(context),
        *retention.routes(context),
        *restrictions.routes(context),
        *pages.routes(context, decisions),
    ]
