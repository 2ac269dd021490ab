"""What every page of this service answers to what it cannot do."""

from pydantic import ValidationError
from starlette.responses import Response

from shared.messaging.findings import findings_of
from shared.runtime.operator import Json, problem


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
