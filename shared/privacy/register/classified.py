"""Of which kind each field and column is, as the register's files say.

A file names, by class or table, kinds and what is of them: `Contact: {parent-contact: phone email}`.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.manifest import service_folder
from shared.privacy.register.kinds import FOLDER, Kind, RegisterError, kinds


@cache
def field_kinds() -> Mapping[str, Kind]:
    """The kind of each field of the contracts, by `module.Class.field` as they are declared in `shared/contracts`."""
    read: dict[str, Any] = _read(FOLDER / "contracts.yaml")
    classes = {f"{module}.{name}": entry for module, part in read.items() for name, entry in part.items()}
    return _by_name(classes, "contracts.yaml")


def service_columns(service: str) -> Mapping[str, Kind]:
    """The kind of each column of a service's database, by `table.column`. Raises RegisterError where it has no list."""
    own, core = own_columns(service), _by_name(_read(FOLDER / "event_core.yaml"), "event_core.yaml")
    if both := sorted(own.keys() & core.keys()):
        raise RegisterError(f"services/{service}/columns.yaml: {both[0]} is the event core's")
    return {**core, **own}


def own_columns(service: str) -> Mapping[str, Kind]:
    """The same of the tables that are the service's own, without those that every service has."""
    path = service_folder(service) / "columns.yaml"
    if not path.exists():
        raise RegisterError(f"services/{service}/columns.yaml is missing: it says what the columns of its tables hold")
    return _by_name(_read(path), f"services/{service}/columns.yaml")


@cache
def keyring_columns() -> Mapping[str, Kind]:
    """The kind of each column of the keyring's database, by `table.column`."""
    return _by_name(_read(FOLDER / "keyring.yaml"), "keyring.yaml")


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return read


def _by_name(entries: Mapping[str, Mapping[str, str]], file: str) -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for name, kind in _pairs(entries):
        if name in found:
            raise RegisterError(f"{file}: {name} stands there twice")
        if kind not in kinds().kinds:
            raise RegisterError(f"{file}: {name} is of a kind that is not in kinds.yaml")
        found[name] = kinds()[kind]
    return found


def _pairs(entries: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for owner, by_kind in entries.items():
        for kind, names in by_kind.items():
            yield from ((f"{owner}.{name}", kind) for name in names.split())
