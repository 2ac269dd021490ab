"""Reads a directory file, and finds every error in it: the rules that `parley directory apply` and the pages share.

The file is YAML with the lists of `SECTIONS`; an entry has the fields of its contract. Fields that an entry leaves out
stay as registered.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from shared.contracts.directory import (
    AgencyRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.directory_file import SECTIONS
from shared.contracts.directory_keys import wrong_key
from shared.contracts.directory_merge import completed
from shared.contracts.directory_services import unknown_services

_UNUSABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")  # Includes what PostgreSQL and UTF-8 cannot hold.


@dataclass(frozen=True)
class Line:
    """An entry of the file and the line where it begins."""

    number: int
    entry: DirectoryEntry


class FileFinding(NamedTuple):
    """An error of a file: the line, or 0 for all of it, and the field and the rule in words."""

    line: int
    text: str


class DirectoryFileError(Exception):
    """A file that breaks rules; all that are broken, in the order of their lines."""

    def __init__(self, findings: Sequence[tuple[int, str]]) -> None:
        self.findings = [FileFinding(*each) for each in sorted(findings)]
        super().__init__("; ".join(f"line {line}: {text}" for line, text in self.findings))


def read_entries(text: str, registered: Mapping[str, DirectoryEntry]) -> list[Line]:
    """The entries of a file in the order of `SECTIONS`, in which referenced entries come first.

    Each is complete: missing fields are taken from the `registered` entry with the same key, and `model_fields_set` has
    the fields of the file. Raises `DirectoryFileError` with every violation of the contracts. References to entries
    that may already be registered are checked by `reference_findings`.
    """
    lines, _ = _read(text, _Reader(registered))
    if not lines:
        raise DirectoryFileError([(0, _EMPTY)])
    return lines


def check_text(text: str) -> None:
    """Raises `DirectoryFileError` for all errors that do not depend on registered entries: fields may be missing."""
    lines, unfinished = _read(text, _Reader(None))
    if not lines and not unfinished:
        raise DirectoryFileError([(0, _EMPTY)])


def reference_findings(lines: Sequence[Line], registered: Sequence[DirectoryEntry]) -> list[tuple[int, str]]:
    """Entries that refer to one that is neither in the file nor registered, or to an unknown service, by line."""
    entries = [line.entry for line in lines]
    found = [*dangling(entries, registered), *unknown_services(entries, registered)]
    return [(lines[at].number, text) for at, text in found]


_EMPTY = f"holds no entries. It takes the lists {', '.join(SECTIONS)}"


def _read(text: str, reader: "_Reader") -> tuple[list[Line], int]:
    try:
        lines = reader.read(yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DirectoryFileError([(line, f"this is not YAML: {error.problem or error.context}")]) from None
    except yaml.YAMLError as error:
        raise DirectoryFileError([(0, f"this is not YAML: {error}")]) from None
    except RecursionError:
        raise DirectoryFileError([(0, "this is nested too deeply")]) from None
    if reader.findings:
        raise DirectoryFileError(reader.findings)
    return lines, reader.unfinished


def dangling(entries: Sequence[DirectoryEntry], registered: Sequence[DirectoryEntry]) -> list[tuple[int, str]]:
    """References to entries that are neither given nor registered, as (number of the entry, error)."""
    known = {entry.key() for entry in (*registered, *entries)}
    findings: list[tuple[int, str]] = []
    for at, entry in enumerate(entries):
        named: list[tuple[str, str]] = []
        if isinstance(entry, AgencyRegistered | OfferRegistered | RegionRegistered):
            named += [("areas", f"area/{area}") for area in entry.areas]
        if isinstance(entry, OfferRegistered):
            named.append(("provider", f"provider/{entry.provider}"))
            named += [("regions", f"region/{region}") for region in entry.regions]
            named += [("programme", f"programme/{entry.programme}")] if entry.programme else []
        for field, key in named:
            if key not in known:
                kind, _, wanted = key.partition("/")
                findings.append((at, f"{entry.key()} {field}: there is no {kind} {wanted}"))
    return findings


class _Reader:
    """Collects entries and findings of one document. Without registered entries, an entry that lacks a field is only
    counted.
    """

    def __init__(self, registered: Mapping[str, DirectoryEntry] | None) -> None:
        self._registered = registered
        self.unfinished = 0
        self.findings: list[tuple[int, str]] = []
        self._visited: set[int] = set()

    def read(self, root: yaml.Node | None) -> list[Line]:
        if root is None:
            return []
        if not isinstance(root, yaml.MappingNode):
            self._find(root, f"must be a mapping of {', '.join(SECTIONS)}")
            return []
        self._refuse_repeated_keys(root)
        entries: list[Line] = []
        sections = {str(key.value): (key, value) for key, value in root.value}
        for name, (key, _) in sections.items():
            if name not in SECTIONS:
                self._find(key, f"{name!r} is not one of {', '.join(SECTIONS)}")
        seen: dict[str, int] = {}
        for name, model in SECTIONS.items():
            if name not in sections:
                continue
            _, value = sections[name]
            for line in self._section(name, model, value):
                first = seen.setdefault(line.entry.key(), line.number)
                if first != line.number:
                    self.findings.append((line.number, f"{line.entry.key()} is already in line {first}"))
                entries.append(line)
        return entries

    def _section(self, name: str, model: type[DirectoryEntry], node: yaml.Node) -> Iterator[Line]:
        if not isinstance(node, yaml.SequenceNode):
            self._find(node, f"{name} must be a list")
            return
        for index, child in enumerate(node.value):
            if not isinstance(child, yaml.MappingNode):
                self._find(child, f"{name}[{index}] must be a mapping")
                continue
            data = _plain(child)
            label = f"{name}[{index}] {data['id']}" if data.get("id") else f"{name}[{index}]"
            try:
                entry = completed(model, data, self._registered or {})
            except ValidationError as error:
                self.unfinished += 1
                for problem in error.errors(include_url=False, include_input=False):
                    if self._registered is None and (problem["type"] == "missing" or not problem["loc"]):
                        continue  # The field may be registered.
                    place, field = _locate(child, problem["loc"])
                    self._find(place, f"{label} {field}: {problem['msg']}")
                continue
            if isinstance(entry, ProviderRegistered) and (wrong := wrong_key(entry.public_key)):
                self._find(child, f"{label} public_key: {wrong}")
                continue
            yield Line(_number(child), entry)

    def _refuse_repeated_keys(self, node: yaml.Node) -> None:
        # In YAML the last of two equal keys wins silently; here it is reported, as it is probably a mistake.
        if id(node) in self._visited:
            return  # An alias: it was checked at its anchor.
        self._visited.add(id(node))
        if isinstance(node, yaml.ScalarNode) and _UNUSABLE.search(node.value):
            self._find(node, "holds a control character")
        elif isinstance(node, yaml.SequenceNode):
            for child in node.value:
                self._refuse_repeated_keys(child)
        elif isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                name = str(key.value)
                if name in seen:
                    self._find(key, f"{name!r} is given twice")
                seen.add(name)
                self._refuse_repeated_keys(value)

    def _find(self, node: yaml.Node, text: str) -> None:
        self.findings.append((_number(node), text))


def _plain(node: yaml.Node) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _number(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _locate(node: yaml.Node, location: tuple[str | int, ...]) -> tuple[yaml.Node, str]:
    """The innermost node that a finding concerns, and the name of its field."""
    place = node
    for step in location:
        child: yaml.Node | None = None
        if isinstance(place, yaml.MappingNode):
            child = next((value for key, value in place.value if key.value == step), None)
        elif isinstance(place, yaml.SequenceNode) and isinstance(step, int) and step < len(place.value):
            child = place.value[step]
        if child is None:
            break
        place = child
    return place, ".".join(str(step) for step in location) or "entry"
