"""What every page of this service answers to what it cannot do."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from shared.messaging.core.records import Finding
from shared.privacy.sealing import CannotOpenError
from shared.service import operator
from shared.service.definition import Context
from shared.service.operator import problem


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


def invalid(field: str, rule: str) -> Response:
    """One field that names something that is not there."""
    return operator.invalid([Finding(field, rule)])


def unknown_case() -> Response:
    """There is no such case."""
    return problem(404, "There is no case with this id.")
