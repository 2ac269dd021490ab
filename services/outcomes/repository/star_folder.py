"""The star's folder: versions beside each other, of which `current` names the one that is whole.

    current -> versions/12
    versions/12/star.json                                    what is in this version, with the digest of each file
    versions/12/star/<table>/month=2025-04/part-0.parquet    the star's tables of cases, by month
    versions/12/star/<table>/part-0.parquet                  its other tables
    versions/12/reported/…                                   what they were made from, likewise

A version shares the files that did not change with the one before it, and is nobody's before `current` names it:
whoever follows the link once reads one version whole, whatever happens meanwhile. Those just before are kept for them.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

_CURRENT, _VERSIONS, _MANIFEST = "current", "versions", "star.json"
# A rebuild writes two, and whoever reads the one before them has to be able to finish.
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a version. It says nothing of when it was made."""

    made_with: str = ""
    """The digest of the rules, prices and programs that everything was made with."""
    newest: str | None = None
    """The day of the newest fact: what is known until then."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The SHA-256 of each file, by its place in the version."""
    rows: Mapping[str, int] = field(default_factory=dict)
    """How many rows each file has, by its place."""

    def months(self) -> list[str]:
        """The months that there are cases of, as `2025-04`, in order."""
        return sorted({month for month in map(month_of, self.files) if month})

    @property
    def digest(self) -> str:
        """The SHA-256 of everything in it."""
        return hashlib.sha256(self.as_json()).hexdigest()

    def as_json(self) -> bytes:
        """The same content gives the same text."""
        content = {
            "format": 1,
            "made_with": self.made_with,
            "newest": self.newest,
            "months": self.months(),
            "rows": dict(self.rows),
            "files": dict(self.files),
        }
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


@dataclass(frozen=True, slots=True)
class Version:
    """A version that is whole."""

    root: Path
    manifest: Manifest

    def size(self) -> int:
        """How many bytes its files have, those that it shares with the version before among them."""
        return sum((self.root / place).stat().st_size for place in self.manifest.files)


def place_of(room: str, table: str, month: str | None = None) -> str:
    """Where a table's file is in a version; `room` is `star` or `reported`."""
    return f"{room}/{table}/month={month}/part-0.parquet" if month else f"{room}/{table}/part-0.parquet"


def month_of(place: str) -> str | None:
    """The month of a file; None for one that is kept whole."""
    _, found, rest = place.partition("/month=")
    return rest.partition("/")[0] if found else None


def own_folder(path: Path) -> Path:
    """This folder, made with those above it that were not there, for its owner alone."""
    if not path.exists():
        own_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


class StarFolder:
    """The folder. One process writes to it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def current(self) -> Version | None:
        """The newest whole version; None before the first."""
        try:
            root = (self.path / _CURRENT).resolve(strict=True)
            content: dict[str, Any] = orjson.loads((root / _MANIFEST).read_bytes())
        except FileNotFoundError:
            return None
        names = ("made_with", "newest", "files", "rows")
        return Version(root, Manifest(**{name: content[name] for name in names}))

    def begin(self) -> Path:
        """An empty folder for the next version, in place of what a writing that ended early has left."""
        numbers = [int(each.name) for each in self._versions()]
        now = self.current()
        number = int(now.root.name) if now else 0
        for left in numbers:
            if left > number:
                shutil.rmtree(self.path / _VERSIONS / str(left))
        root = self.path / _VERSIONS / str(number + 1)
        own_folder(root)
        return root

    def keep(self, before: Version, root: Path, place: str) -> None:
        """Takes a file over from the version before: by another name of it, or a copy where no file has two."""
        there = root / place
        own_folder(there.parent)
        try:
            os.link(before.root / place, there)
        except OSError:
            shutil.copy2(before.root / place, there)

    def finish(self, root: Path, manifest: Manifest) -> Version:
        """Makes a version the current one, all at once, and removes those that nobody reads any more."""
        file = root / _MANIFEST
        file.write_bytes(manifest.as_json())
        file.chmod(0o600)
        sync_all(root)
        link = self.path / f".{_CURRENT}"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(_VERSIONS) / root.name)
        link.replace(self.path / _CURRENT)
        sync(self.path)
        for old in sorted(self._versions(), key=lambda each: int(each.name))[:-_KEPT]:
            shutil.rmtree(old)
        return Version(root, manifest)

    def _versions(self) -> Iterator[Path]:
        folder = self.path / _VERSIONS
        return iter([each for each in folder.iterdir() if each.name.isdigit()] if folder.exists() else [])


def sync_all(root: Path) -> None:
    """Makes a folder and its new files durable: what a link names has to be there after the power was gone."""
    for folder, _, files in os.walk(root):
        for name in files:
            file = Path(folder) / name
            if file.stat().st_nlink == 1:
                sync(file)
        sync(Path(folder))


def sync(path: Path) -> None:
    """Makes a file or a folder's entries durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
