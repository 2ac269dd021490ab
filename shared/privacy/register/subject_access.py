"""What a person gets of each table and sealed box when they ask for what is held of them, as the register's files say.

`services/<name>/subject_access.yaml` says of each table with data about people whose its rows are:

- `of: person`, with `rows`, the condition by which rows are theirs (`$case`, `$person`). Each column is given, redacted
  or withheld as its kind says; `given` adds columns that are about nobody, such as an organisation's id
- `of: case`, for rows about a whole family: what `given` names is given, all else withheld. `only` names, by column,
  the codes that may be given of a list; `documents` what of a document is given: by the field of its parts, `mine`
  (where a part names the person) and `given`
- `nobody`, with the reason why none of it is looked up by a person

`also` adds values by SQL, `at` is when a row is from. What no file mentions is never given, and a table that is in none
is refused (RegisterError): whoever adds one has to decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import yaml

from shared.contracts.manifest import service_folder
from shared.privacy.register.classified import service_columns
from shared.privacy.register.kinds import FOLDER, Kind, RegisterError, kinds

Whose = Literal["person", "case", "nobody"]


@dataclass(frozen=True)
class DocumentPart:
    """Parts of a JSON document that may be the person's. `mine`: the field that names them; empty for the whole."""

    at: str
    mine: str
    given: tuple[str, ...]


@dataclass(frozen=True)
class TableRule:
    """How one table answers a person. `kinds`: of its columns, by name."""

    table: str
    whose: Whose
    why: str = ""
    title: str = ""
    rows: str = ""
    at: str | None = None
    given: frozenset[str] = frozenset()
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, Sequence[DocumentPart]] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)

    def access_of(self, column: str) -> str:
        """What becomes of a column of one of the person's rows, or of their case's."""
        if column in self.given:
            return "given"
        access = self.kinds[column].access
        if self.whose == "case" and access == "given":
            return "withheld"
        return access or "meaningless"


@cache
def table_rules(service: str) -> Mapping[str, TableRule]:
    """By table, every table of a service's database that holds anything about people. Raises RegisterError."""
    columns: dict[str, dict[str, Kind]] = {}
    for name, kind in service_columns(service).items():
        table, _, column = name.partition(".")
        columns.setdefault(table, {})[column] = kind
    own = service_folder(service) / "subject_access.yaml"
    read: dict[str, Any] = {}
    for path in (FOLDER / "event_core_access.yaml", own):
        read |= yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    about_people = {table for table, known in columns.items() if any(kind.is_personal for kind in known.values())}
    if missing := sorted(about_people - read.keys()):
        raise RegisterError(f"services/{service}/subject_access.yaml: {missing[0]} is missing: say whose its rows are")
    if unknown := sorted(read.keys() - columns.keys()):
        raise RegisterError(f"services/{service}/subject_access.yaml: there is no table {unknown[0]}")
    return {table: _rule(service, table, entry, columns[table]) for table, entry in read.items()}


def _rule(service: str, table: str, entry: Mapping[str, Any], known: Mapping[str, Kind]) -> TableRule:
    where = f"services/{service}/subject_access.yaml: {table}"
    if "nobody" in entry:
        return TableRule(table, "nobody", entry["nobody"], kinds=known)
    rule = TableRule(
        table,
        entry["of"],
        title=entry["title"],
        rows=entry["rows"],
        at=entry.get("at"),
        given=frozenset(entry.get("given", "").split()),
        only={column: frozenset(codes.split()) for column, codes in entry.get("only", {}).items()},
        also=entry.get("also", {}),
        documents={column: _parts(parts) for column, parts in entry.get("documents", {}).items()},
        kinds=known,
    )
    if unknown := sorted({*rule.given, *rule.only, *rule.documents} - known.keys()):
        raise RegisterError(f"{where}: there is no column {unknown[0]}")
    for column in rule.given - rule.only.keys():
        if known[column].access in ("withheld", "redacted"):
            raise RegisterError(f"{where}: {column} is {known[column].access}, and is not given as a whole")
    needed = ("$case", "$person") if rule.whose == "person" else ("$case",)
    if any(each not in rule.rows for each in needed):
        raise RegisterError(f"{where}: its rows must be chosen by {' and '.join(needed)}")
    return rule


def _parts(entry: Mapping[str, Any]) -> tuple[DocumentPart, ...]:
    return tuple(
        DocumentPart(at, "", tuple(part.split()))
        if isinstance(part, str)
        else DocumentPart(at, part["mine"], tuple(part["given"].split()))
        for at, part in entry.items()
    )


@dataclass(frozen=True)
class BoxField:
    """A value in a box: of which kind it is, and what becomes of it."""

    kind: Kind
    access: str


def box_field(box: str, path: str) -> BoxField | None:
    """What a value of a sealed box is, by the box's field and the value's path; None where the register has no word."""
    read = _boxes()
    names = path.split(".")
    prefixes = [".".join(names[:end]) for end in range(len(names), 0, -1)]
    found = next((read.kinds[box, prefix] for prefix in prefixes if (box, prefix) in read.kinds), None)
    if found is None:
        return None
    access = "given" if any((box, prefix) in read.given for prefix in prefixes) else found.access
    return BoxField(found, access or "withheld")


@dataclass(frozen=True)
class _Boxes:
    kinds: Mapping[tuple[str, str], Kind]
    given: frozenset[tuple[str, str]]


@cache
def _boxes() -> _Boxes:
    read: dict[str, Any] = yaml.safe_load((FOLDER / "boxes.yaml").read_text(encoding="utf-8"))
    by_path = {
        (box, "" if path == "." else path): kinds()[kind]
        for box, by_kind in read["boxes"].items()
        for kind, paths in by_kind.items()
        for path in paths.split()
    }
    given = frozenset((box, path) for box, paths in read["given"].items() for path in paths.split())
    return _Boxes(by_path, given)
