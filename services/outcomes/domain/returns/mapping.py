"""A return as a file: its columns, each with the published table and the place in it that it is taken from.

Whoever asks for a return changes what it asks. So a file has versions, each with the first and the last day of the
periods that it is for, and a period picks its own. A column can only name what is published: what is suppressed there
is suppressed in the return.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from services.outcomes.domain.disclosure.table import ALL, Node
from services.outcomes.domain.publication.content import DefinedTable

FOLDER = Path(__file__).parent
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
_Text = Annotated[str, StringConstraints(min_length=1)]


class ReturnError(ValueError):
    """A return's file that breaks a rule, or that asks for what is not published. Says where, and which rule."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReturnColumn(_Part):
    """A column: its name and meaning, the table, and the category of each dimension; one that is not named is all.

    `statistic` takes what the table has worked out of its units, instead of their number.
    """

    name: _Name
    means: _Text
    table: _Text
    at: dict[str, str] = {}
    statistic: str | None = None


class ReturnVersion(_Part):
    """What the return asks for periods that begin on `valid_from` or later and end on `valid_to` or before.

    `by`: the dimension that it has a row for each category of; None for one row. `source` is where the columns are
    from.
    """

    valid_from: date
    valid_to: date | None = None
    source: _Text
    by: str | None = None
    columns: Annotated[tuple[ReturnColumn, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _checked(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to: it must not be before valid_from")
        names = [each.name for each in self.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"columns: each name once, and {twice[0]} is there twice")
        return self


class Return(_Part):
    """A return with all its versions."""

    name: _Slug
    title: _Text
    versions: Annotated[tuple[ReturnVersion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _checked(self) -> Self:
        ordered = sorted(self.versions, key=lambda version: version.valid_from)
        for earlier, later in pairwise(ordered):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                raise ValueError(
                    f"versions: no two for one day, and the one from {earlier.valid_from} is still valid on "
                    f"{later.valid_from}"
                )
        return self

    def version_for(self, first: date, last: date) -> ReturnVersion:
        """The version for a period, whose first and last day it must cover. Raises ReturnError where none does."""
        for each in self.versions:
            if each.valid_from <= first and (each.valid_to is None or last <= each.valid_to):
                return each
        raise ReturnError(f"{self.name}: no version is valid from {first} to {last}")


def loaded(path: Path) -> Return:
    """The return of a file. Raises ReturnError, which names the file, the field and the rule."""
    try:
        return Return.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ReturnError(f"{path.name}: it must be YAML: {error}") from error
    except ValidationError as error:
        found = [f"{'.'.join(map(str, each['loc'])) or 'return'}: {each['msg']}" for each in error.errors()]
        raise ReturnError(f"{path.name}: {'; '.join(found)}") from error


def returns() -> list[Return]:
    """All returns that the service knows."""
    return [loaded(path) for path in sorted(FOLDER.glob("*.yaml"))]


def named(name: str) -> Return:
    """The return of this name. Raises ReturnError, which lists those that there are."""
    every = {each.name: each for each in returns()}
    if name not in every:
        raise ReturnError(f"return: there is no {name}; there are {', '.join(every)}")
    return every[name]


Row = dict[str, str | float | None]
"""A row of a return; None is what is suppressed."""


def filled(
    version: ReturnVersion, tables: Iterable[DefinedTable], of: Mapping[str, str] = MappingProxyType({})
) -> list[Row]:
    """The rows of a return, from published tables. `of`: what all its columns are of, as the period.

    Raises ReturnError for a column that names what is not there.
    """
    by_name = {each.table.outline.name: each for each in tables}
    for column in version.columns:
        if column.table not in by_name:
            raise ReturnError(f"{column.name}: there is no table {column.table}")
    if version.by is None:
        return [{column.name: _value(column, by_name[column.table], dict(of)) for column in version.columns}]
    found = []
    for category in _categories(version.by, version.columns, by_name.values()):
        row: Row = {version.by: category}
        for column in version.columns:
            row[column.name] = _value(column, by_name[column.table], {**of, version.by: category})
        found.append(row)
    return found


def _categories(by: str, columns: Sequence[ReturnColumn], tables: Iterable[DefinedTable]) -> list[str]:
    asked = {column.table for column in columns}
    found: dict[str, None] = {}
    for each in tables:
        if each.table.outline.name not in asked:
            continue
        for dimension in each.table.outline.dimensions:
            if dimension.name == by:
                found |= dict.fromkeys(dimension.categories)
    return [*found]


def _value(column: ReturnColumn, each: DefinedTable, chosen: dict[str, str]) -> float | None:
    at = {**column.at, **chosen}
    dimensions = each.table.outline.dimensions
    if unknown := at.keys() - {one.name for one in dimensions}:
        raise ReturnError(f"{column.name}: {column.table} has no dimension {sorted(unknown)[0]}")
    for one in dimensions:
        if at.get(one.name, ALL) not in one.nodes:
            raise ReturnError(f"{column.name}: {one.name} has no category {at[one.name]}")
    node: Node = tuple(at.get(one.name, ALL) for one in dimensions)
    if column.statistic is None:
        return each.table.values[node]
    for statistic in each.statistics:
        if statistic.name == column.statistic:
            return each.shown(statistic, node)
    raise ReturnError(f"{column.name}: {column.table} has no statistic {column.statistic}")


def described(version: ReturnVersion) -> list[tuple[str, str]]:
    """The columns with their meaning, in their order."""
    first: list[tuple[str, Any]] = [(version.by, f"the {version.by}")] if version.by else []
    return [*first, *((column.name, column.means) for column in version.columns)]
