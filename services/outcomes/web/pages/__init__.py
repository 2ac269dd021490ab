"""The indicators for analysts, boards and administrators: each as a chart, a table, in words, and as a file."""

from jinja2 import PackageLoader
from starlette.routing import Route

from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.web.known import Known
from services.outcomes.web.pages import outcomes, report
from shared.service.definition import Context
from shared.web import sign_in
from shared.web.pages import Pages


def routes(context: Context, known: Known, board: BoardReport) -> list[Route]:
    """Every page, and how one comes in and out."""
    pages = Pages(context, PackageLoader("services.outcomes.web.pages"))
    return [*outcomes.routes(pages, known), *report.routes(pages, board), *sign_in.routes(pages)]
