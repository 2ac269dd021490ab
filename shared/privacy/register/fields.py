"""The fields that the contracts have: what a register of them has to name, no more and no fewer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from shared.contracts.base import Sealed

Shape = type[BaseModel] | TypeAdapter[Any]


@dataclass(frozen=True)
class Leaf:
    """A field that holds no fields itself, or a sealed box. `path` is where it is in a record, lists left out.

    `name` is `module.Class.field` by the class that declares it, as the register names it.
    """

    path: str
    name: str
    annotation: Any
    is_box: bool

    @property
    def is_text(self) -> bool:
        """Whether anything can be written into it: text that no pattern, list or format holds."""
        return any(_is_open(each) for each in _parts(TypeAdapter(self.annotation).json_schema()))


def leaves(shape: Shape) -> Iterator[Leaf]:
    """Every field of a record, and of the boxes in it those that the box itself has. No contract holds itself."""
    yield from _of_type(shape._type if isinstance(shape, TypeAdapter) else shape, "")


def _of_type(annotation: Any, at: str) -> Iterator[Leaf]:
    for model in dict.fromkeys(models_in(annotation)):
        for field, info in model.model_fields.items():
            path = f"{at}.{field}" if at else field
            inner = tuple(models_in(info.annotation))
            name = _declared(model, field)
            if not inner or inner == (Sealed,):
                # Rebuilt, it has what is said of the field itself, such as its pattern.
                yield Leaf(path, name, info.rebuild_annotation(), is_box=bool(inner))
            if inner:
                yield from _of_type(info.annotation, path)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The record types that a type is composed of, not those within them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is not Literal:
        for part in get_args(annotation):
            yield from models_in(part)


def _declared(model: type[BaseModel], field: str) -> str:
    owner = next(each for each in model.__mro__ if field in vars(each).get("__annotations__", {}))
    return f"{owner.__module__.rpartition('.')[2]}.{owner.__name__}.{field}"


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for each in node.get(key, ()):
            yield from _parts(each)
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from _parts(node[key])


def _is_open(node: dict[str, Any]) -> bool:
    return node.get("type") == "string" and not {"enum", "const", "format", "pattern"} & node.keys()
