"""What was published in earlier reports, as it is stored: nobody may find by comparing two what neither shows."""

from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter

from services.outcomes.domain.disclosure.table import Node, Outline, PublishedTable

_OUTLINE: TypeAdapter[Outline] = TypeAdapter(Outline)
_NUMBERS: TypeAdapter[list[int | None]] = TypeAdapter(list[int | None])


def as_json(table: PublishedTable) -> dict[str, object]:
    """A published table as JSON: its outline, and the numbers in the order of its places."""
    return {
        "outline": _OUTLINE.dump_python(table.outline, mode="json"),
        "values": [table.values[node] for node in table.outline.nodes()],
    }


def from_json(stored: Mapping[str, object]) -> PublishedTable:
    """The table that was stored."""
    outline = _OUTLINE.validate_python(stored["outline"])
    nodes: Sequence[Node] = [*outline.nodes()]
    return PublishedTable(outline, dict(zip(nodes, _NUMBERS.validate_python(stored["values"]), strict=True)))
