"""What every page of this service answers to what it cannot do."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from shared.messaging.findings import findings_of
from shared.privacy.sealing import CannotOpenError
from shared.runtime.operator import Json, problem
from shared.runtime.service import Context


async def opened(context: Context, rows: Sequence[Mapping[str, Any]], field: str) -> list[dict[str, Any]]:
    """The rows with a sealed field opened: None where nothing was written or the key was erased."""
    boxes = [row[field] for row in rows if row[field]]
    keys = await context.keyring.for_opening(boxes)
    items = []
    for row in rows:
        try:
            text = keys.open(row[field]) if row[field] else None
        except CannotOpenError:
            text = None
        items.append({**row, field: text})
    return items


class UnknownCaseError(Exception):
    """There is no case with this id."""


def refused(error: ValidationError) -> Response:
    """A body that is not the command's shape: each field with its rule."""
    return Json({"errors": [finding.as_json() for finding in findings_of(error)]}, status_code=422)


def invalid(field: str, rule: str) -> Response:
    """One field that names something that is not there."""
    return Json({"errors": [{"field": field, "rule": rule}]}, status_code=422)


def unknown_case() -> Response:
    """There is no such case."""
    return problem(404, "There is no case with this id.")
