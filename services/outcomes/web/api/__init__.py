"""For analysts' programs: the indicators and what was published of them, under /api/v1/outcomes."""

from pathlib import Path

from starlette.routing import Route

from services.outcomes.web.api import indicators, releases


def routes(publications: Path | None) -> list[Route]:
    """Every request of theirs. It reads what is in the folder of publications, and nothing else."""
    return [*indicators.routes(publications), *releases.routes(publications)]
