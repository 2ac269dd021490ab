"""What participants answered: each of them for the trainer, and what many of them come to."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.confidence import Change, mean_change
from services.workforce.domain.errors import NO_SESSION, UnknownError
from services.workforce.domain.modules import MODULES
from services.workforce.repository import directory, figures
from services.workforce.repository import sessions as queries
from services.workforce.web.answers import named, require_session
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering
from services.workforce.web.pages.untrained import area_of
from shared.contracts.workforce import TrainingModule
from shared.service.recording import concerns
from shared.web.pages import Pages

_MOST = 200
_ERASED = "Somebody whose name is erased"


def routes(pages: Pages) -> list[Route]:
    """GET who answered in a session and in an area, and the figures of an area."""

    @pages.guarded
    @answering(pages)
    async def of_session(request: Request) -> Response:
        await require_session(pages.context, request)
        async with (
            pages.context.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            session = await queries.one(connection, request.path_params["id"])
            if session is None:
                raise UnknownError(NO_SESSION)
            people = await queries.everybody(connection, session["session_id"])
        concerns(request, practitioners=[row["practitioner_id"] for row in people])
        return await pages.render(
            request,
            "session_answers.html",
            title="What participants answered",
            session_id=session["session_id"],
            day=session["days"][0],
            modules=words.modules(session["modules"]),
            people=[
                _participant(row, session["modules"])
                for row in await named(pages.context.keyring, people)
                if row["status"] != "given-up"
            ],
        )

    @pages.guarded
    @answering(pages, "/pages/training")
    async def of_area(request: Request) -> Response:
        area, areas = area_of(request)
        async with pages.context.pool.acquire() as connection:
            rows = await figures.of_area(connection, area, _MOST)
        concerns(request, practitioners=[row["practitioner_id"] for row in rows])
        return await pages.render(
            request,
            "training_answers.html",
            title="What participants made of the training",
            area=area,
            areas=areas,
            people=[_followed_up(row) for row in await named(pages.context.keyring, rows)],
        )

    @pages.guarded
    @answering(pages, "/pages/training")
    async def counted(request: Request) -> Response:
        area, areas = area_of(request)
        async with (
            pages.context.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            smallest = await directory.smallest_group(connection, area)
            rated = figures.by_module(await figures.ratings(connection, area))
            later = await figures.follow_ups(connection, area)
        return await pages.render(
            request,
            "training_figures.html",
            title="What the training came to",
            area=area,
            areas=areas,
            smallest_group=smallest,
            modules=[_module(module, rows, smallest) for module, rows in rated.items()],
            follow_ups=_follow_ups(later, smallest),
        )

    return [
        Route("/pages/training/{id:uuid}/answers", of_session),
        Route("/pages/training-answers", of_area),
        Route("/pages/training-figures", counted),
    ]


def _participant(row: Mapping[str, Any], modules: list[str]) -> dict[str, Any]:
    scores = row["confidence"] or {}
    text, colour = words.STATUSES[row["status"]]
    return {
        "name": row["name"] or row["practitioner"] or _ERASED,
        "status_text": text,
        "colour": colour,
        "scores": [
            {
                "title": MODULES[TrainingModule(module)].title,
                "before": scores.get(f"before_{module}"),
                "after": scores.get(f"after_{module}"),
                "later": scores.get(f"follow-up_{module}"),
            }
            for module in modules
        ],
    }


def _followed_up(row: Mapping[str, Any]) -> dict[str, Any]:
    text, colour = words.FOLLOW_UPS[row["status"]]
    scores = row["confidence"] or {}
    return {
        "name": row["name"] or row["practitioner"] or _ERASED,
        "agency": row["agency"],
        "session_id": row["session_id"],
        "completed_on": row["completed_on"],
        "closes_on": row["closes_on"],
        "status_text": text,
        "colour": colour,
        "how_often": words.HOW_OFTEN[row["how_often"]] if row["how_often"] else "",
        "families": row["families"],
        "obstacles": [words.OBSTACLES[each] for each in row["obstacles"]],
        "scores": [f"{words.modules([module])[0]}: {score}" for module, score in sorted(scores.items())],
    }


def _module(module: TrainingModule, rows: list[figures.Rated], smallest: int) -> dict[str, Any]:
    after = [(row.before, row.after) for row in rows if row.before is not None and row.after is not None]
    later = [(row.before, row.later) for row in rows if row.before is not None and row.later is not None]
    return {
        "title": MODULES[module].title,
        "after": _change(mean_change(after, smallest)),
        "later": _change(mean_change(later, smallest)),
    }


def _change(change: Change | None) -> str:
    if change is None:
        return "Too few answered"
    return f"{change.mean:+.1f} ({change.low:+.1f} to {change.high:+.1f}), {change.people} people"


def _follow_ups(found: Mapping[str, Any], smallest: int) -> dict[str, Any]:
    enough, reported = found["answered"] >= smallest, found["said_families"] >= smallest
    few = "Too few answered"
    return {
        "answered": f"{found['answered']} of {found['asked']}" if enough else few,
        "used": f"{found['used']} of {found['answered']}" if enough else few,
        "families": f"{found['families']}, said by {found['said_families']} people" if reported else few,
        "obstacles": [
            {"text": words.OBSTACLES[code], "people": people if people >= smallest else "Too few"}
            for code, people in found["obstacles"].items()
        ]
        if enough
        else [],
    }
