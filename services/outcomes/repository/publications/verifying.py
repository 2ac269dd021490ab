"""Whether a publication in its folder is what was published: by its hash, and by making its files again from it."""

import io
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.publication.content import Publication, digest_of, publication_of
from services.outcomes.domain.publication.released import counted_as
from services.outcomes.repository.publications.folder import earlier, files_of


def verification(root: Path, name: str) -> dict[str, Any] | None:
    """What can be said of a publication; None where there is none of this name.

    `holds`: its hash is that of its data, definitions, settings and versions. `differs`: files that are not what the
    document makes. `redefined`: tables of indicators that are defined otherwise by now, so that the same star would
    mean something else.
    """
    document = next((each for each in earlier(root) if each["name"] == name), None)
    if document is None:
        return None
    digest = digest_of(document)
    found: dict[str, Any] = {
        "name": name,
        "sha256": document["sha256"],
        "computed": digest,
        "holds": digest == document["sha256"],
        "files": 0,
        "differs": [],
        "redefined": [],
        "versions": [{"name": key, "version": value} for key, value in sorted(document["versions"].items())],
    }
    if found["holds"]:
        made = publication_of(document)
        files = files_of(made)
        folder = root / name
        found["files"] = len(files)
        found["differs"] = sorted(path for path, content in files.items() if not _is(folder / path, content))
        found["redefined"] = _redefined(made)
    return found


def _is(path: Path, content: bytes) -> bool:
    try:
        stored = path.read_bytes()
    except OSError:
        return False
    if path.suffix != ".parquet" or stored == content:
        return stored == content
    # Its bytes change with Arrow's version.
    try:
        one, other = (pq.read_table(io.BytesIO(each)) for each in (stored, content))
    except (OSError, ValueError):
        return False
    return bool(one.equals(other, check_metadata=True))


def _redefined(made: Publication) -> list[str]:
    by_count = {counted_as(each): each for each in INDICATORS.values()}
    found = []
    for each in made.tables:
        now = by_count.get(each.table.outline.counted)
        then = each.definition
        if now is not None and (now.definition, now.numerator, now.denominator, now.exclusions) != (
            *(then.definition, then.numerator, then.denominator, then.exclusions),
        ):
            found.append(each.table.outline.name)
    return found
