"""The publications of a folder as analysts get them: each with its document and the files that it may be had in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.outcomes.domain.publication.content import check
from services.outcomes.repository.publications.folder import DOCUMENT, earlier

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FOLDERS = ("csv", "parquet", "return")


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of a publication, by its name alone: so the paths in its `datapackage.json` lead beside it."""

    name: str
    path: Path

    @property
    def media_type(self) -> str:
        """What it is."""
        return MEDIA_TYPES[self.path.suffix]

    def described(self) -> dict[str, Any]:
        """What whoever fetches it can compare it with."""
        content = self.path.read_bytes()
        return {
            "name": self.name,
            "media_type": self.media_type,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class Release:
    """A publication as it is in its folder."""

    document: Mapping[str, Any]
    folder: Path

    def files(self) -> dict[str, PublishedFile]:
        """Its files by their names. What a report keeps for its pages is not among them."""
        paths = [self.folder / DOCUMENT, *self.folder.glob("*.xlsx")]
        paths += [path for name in _FOLDERS for path in sorted((self.folder / name).glob("*"))]
        return {path.name: PublishedFile(path.name, path) for path in paths if path.suffix in MEDIA_TYPES}


def releases(root: Path | None) -> dict[str, Release]:
    """All of them by their names, newest first. Raises DamagedPublicationError where one is not what was published."""
    if root is None:
        return {}
    documents = earlier(root)
    for each in documents:
        check(each)
    return {each["name"]: Release(each, root / each["name"]) for each in reversed(documents)}
