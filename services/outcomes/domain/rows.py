"""How an event's JSON becomes rows: which of its fields are read, under the contract's rules, into which columns.

A field that no row names is not even read into memory. Reading a whole event checks thirty fields and makes objects of
them; these few, as plain dictionaries, take a third of the time, and a rebuild reads every event there is. A record
that breaks a rule of a field that is read is refused, with the field's name, as by the whole contract.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, get_args
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from shared.contracts.base import CaseEvent

Read = Mapping[str, Any]
"""The fields of an event that are read."""
Row = tuple[str, tuple[Any, ...]]
"""A table's name and the row's values, in the order in which that table's columns are listed."""
_ALWAYS_READ = ("case_id", "occurred_at")


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value for every event of a kind."""

    value: Any


@dataclass(frozen=True, slots=True)
class Count:
    """How many parts a list has. `path` names a field of its parts, which each of them must have."""

    path: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of the value at this path and nothing else."""

    path: str


@dataclass(frozen=True, slots=True)
class DayOf:
    """The day of the time at this path, which is in UTC by every contract."""

    path: str


Source = str | Constant | Count | ListOf | DayOf
"""Where a column's value comes from; a string is a field of the event, or `field.of_its_part`."""


def same(*names: str) -> dict[str, Source]:
    """Columns that have the names of the fields that they hold."""
    return {name: name for name in names}


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one table that an event amounts to: one, or one for each part of the list `each`.

    `columns` come from the event; `of_each` come from the part.
    """

    table: str
    columns: Mapping[str, Source]
    each: str | None = None
    of_each: Mapping[str, Source] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*self.columns, *self.of_each)

    def paths(self) -> Iterator[str]:
        """The path of every field that is read for these rows."""
        for source in self.columns.values():
            if not isinstance(source, Constant):
                yield source if isinstance(source, str) else source.path
        for source in self.of_each.values():
            yield f"{self.each}.{source}"


@dataclass(frozen=True, slots=True)
class CaseRows:
    """What an event reports of its case, as rows."""

    case_id: UUID
    rows: list[Row]
    occurred_at: datetime


class Reading:
    """What is read of one kind of event, and the rows that it becomes."""

    def __init__(self, event: type[CaseEvent], rows: Iterable[Rows], columns: Mapping[str, tuple[str, ...]]) -> None:
        """`columns` lists every table's columns in the order in which values are given."""
        made = tuple(rows)
        paths = dict.fromkeys((*_ALWAYS_READ, *(path for each in made for path in each.paths())))
        self.json: TypeAdapter[Any] = TypeAdapter(_shape(event, paths))
        """Reads the event's JSON. Raises pydantic's ValidationError naming each field and rule."""
        self._ones = [
            (each.table, _values([each.columns[name] for name in columns[each.table]]))
            for each in made
            if each.each is None
        ]
        self._lists = [
            (each.table, each.each, _values(each.columns.values()), _values(each.of_each.values()))
            for each in made
            if each.each is not None
        ]

    def rows(self, read: Read) -> CaseRows:
        """The rows of one event, from what `json` has read of it."""
        rows: list[Row] = [(table, values(read)) for table, values in self._ones]
        for table, each, common, values in self._lists:
            if parts := read[each]:
                first = common(read)
                rows += [(table, first + values(part)) for part in parts]
        return CaseRows(read["case_id"], rows, read["occurred_at"])


def columns_of(rows: Iterable[Rows]) -> dict[str, tuple[str, ...]]:
    """Every table's columns, in the order of the first that names them, which rows for each part of a list keep.

    Raises ValueError where two kinds of event do not fill the same columns of a table.
    """
    found: dict[str, tuple[str, ...]] = {}
    for each in rows:
        first = found.setdefault(each.table, each.names)
        if set(first) != set(each.names) or (each.each and first != each.names):
            raise ValueError(f"{each.names} are not the columns of {each.table}, which are {first}")
    return found


def _shape(model: type[BaseModel], paths: Iterable[str]) -> Any:
    """A dictionary of these fields of a contract, with the rules and defaults that the contract has for them."""
    parts: dict[str, list[str]] = {}
    for path in paths:
        name, _, rest = path.partition(".")
        parts.setdefault(name, []).extend([rest] if rest else [])
    fields: dict[str, Any] = {}
    for name, inner in parts.items():
        known = model.model_fields[name]
        annotation: Any = known.annotation
        if inner:
            of_list = get_args(annotation)
            annotation = list[_shape(of_list[0], inner)] if of_list else _shape(annotation, inner)  # type: ignore[misc]
        for rule in known.metadata:
            annotation = Annotated[annotation, rule]
        fields[name] = annotation if known.is_required() else Annotated[annotation, Field(default=known.default)]
    return TypedDict(model.__name__, fields)  # type: ignore[operator]


def _values(sources: Iterable[Source]) -> Callable[[Read], tuple[Any, ...]]:
    """Fields that are beside each other are taken at once: a rebuild makes a row or more of every event there is."""
    runs = [_run(is_field, [*run]) for is_field, run in groupby(sources, _is_field)]
    match runs:
        case [only]:
            return only
        case [first, second]:
            return lambda read: first(read) + second(read)
        case _:
            return lambda read: tuple([value for run in runs for value in run(read)])


def _is_field(source: Source) -> bool:
    return isinstance(source, str) and "." not in source


def _run(are_fields: bool, sources: list[Source]) -> Callable[[Read], tuple[Any, ...]]:
    if are_fields and len(sources) > 1:
        return itemgetter(*sources)
    if all(isinstance(source, Constant) for source in sources):
        constants = tuple(source.value for source in sources if isinstance(source, Constant))
        return lambda _read: constants
    getters = [_getter(source) for source in sources]
    return lambda read: tuple([get(read) for get in getters])


def _getter(source: Source) -> Callable[[Read], Any]:
    match source:
        case Constant(value):
            return lambda _read: value
        case Count(path):
            counted = itemgetter(path.partition(".")[0])
            return lambda read: len(counted(read))
        case ListOf(path):
            return lambda read: (read[path],)
        case DayOf(path):
            return lambda read: read[path].date()
        case str(path):
            name, _, inner = path.partition(".")
            return (lambda read: read[name][inner]) if inner else itemgetter(name)
