"""What a request takes and answers, said beside its endpoint: OpenAPI documents, and tests by them, are made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

E = TypeVar("E", bound=Callable[..., Any])
JSON = "application/json"
PROBLEM = "application/problem+json"
JSON_LINES = "application/x-ndjson"


@dataclass(frozen=True)
class Query:
    """A parameter of the query: its name, its meaning, and its JSON Schema. `repeated`: it may be given many times."""

    name: str
    about: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Description:
    """What a request takes and answers. `statuses`: those that follow neither from its method nor from its path."""

    body: type[BaseModel] | None = None
    body_required: bool = False
    query: tuple[Query, ...] = ()
    takes: str = JSON
    answers: str = JSON
    statuses: tuple[int, ...] = ()


UNDESCRIBED = Description()
AREA = Query("area", "one area, by its ONS code; of another than one's own there is nothing")
LIMIT = Query("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 200})


def describes(
    *,
    body: type[BaseModel] | None = None,
    query: tuple[Query, ...] = (),
    takes: str = JSON,
    answers: str = JSON,
    statuses: tuple[int, ...] = (),
) -> Callable[[E], E]:
    """Says what an endpoint takes; a body may be left out where none of its fields is required."""

    def described(endpoint: E) -> E:
        required = body is not None and any(each.is_required() for each in body.model_fields.values())
        vars(endpoint)["description"] = Description(body, required, query, takes, answers, statuses)
        return endpoint

    return described


def description_of(endpoint: Any) -> Description:
    """What an endpoint says of itself; guards that are put around it leave that as it is."""
    found: Description = getattr(endpoint, "description", UNDESCRIBED)
    return found
