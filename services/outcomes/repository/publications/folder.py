"""A publication as a folder of files, and the earlier ones beside it."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType
from typing import Any

from services.outcomes.domain.publication.content import Publication
from services.outcomes.repository.publications.csv_package import csv_files
from services.outcomes.repository.star_folder import sync, sync_all

DOCUMENT = "publication.json"
UNFINISHED = ".unfinished-"
_LEFT_S = 3_600


def files_of(publication: Publication) -> dict[str, bytes]:
    """Every file of it, by its path in the folder. `publication.json` has all; the others are for reading."""
    # Loading what writes these takes 50 MB, and a publication is made once a quarter.
    from services.outcomes.repository.publications.excel import workbook
    from services.outcomes.repository.publications.parquet import parquet_files

    return {
        DOCUMENT: publication.serialised(),
        **{f"csv/{name}": content for name, content in csv_files(publication).items()},
        **{f"parquet/{name}": content for name, content in parquet_files(publication).items()},
        f"{publication.name}.xlsx": workbook(publication),
    }


def store(publication: Publication, root: Path, beside: Mapping[str, bytes] = MappingProxyType({})) -> Path:
    """Writes all files into a folder of its own in `root`, whole or not at all. One that is there is never changed.

    `beside` are more files of it, by their paths.

    Raises FileExistsError where there is another publication of this name already.
    """
    target = root / publication.name
    root.mkdir(parents=True, exist_ok=True)
    if target.exists():
        if (target / DOCUMENT).read_bytes() == publication.serialised():
            return target
        raise FileExistsError(f"{target} holds another publication: what is published is not changed")
    # Beside it, so that the last step is one rename.
    folder = Path(mkdtemp(prefix=UNFINISHED, dir=root))
    try:
        for name, content in {**files_of(publication), **beside}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        folder.chmod(0o755)
        sync_all(folder)
        folder.rename(target)
        sync(root)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return target


def begin_in(root: Path) -> None:
    """Makes the folder of all publications, and removes what was begun in it and left by a process that was killed."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in root.glob(f"{UNFINISHED}*"):
        if time.time() - path.stat().st_mtime > _LEFT_S:
            shutil.rmtree(path, ignore_errors=True)


def earlier(root: Path) -> list[Mapping[str, Any]]:
    """The documents of all publications that are in a folder, oldest first."""
    paths = [path for path in sorted(root.glob(f"*/{DOCUMENT}")) if not path.parent.name.startswith(".")]
    found = [json.loads(path.read_bytes()) for path in paths]
    return sorted(found, key=lambda document: (document["made_on"], document["name"]))
