"""Writes a star from reported rows that are given as files, by the same rules and without the database.

`python -m services.outcomes.handlers.star_of_files` reads what is asked for as JSON from the standard input. The rows
are CSV as the service exports them from its own tables: a folder for each month, and `rest`. They are gone afterwards.
"""

import shutil
import sys
from datetime import date
from pathlib import Path

import orjson

from services.outcomes.repository.star_folder import StarFolder, Version
from services.outcomes.repository.star_writing import Writing

_REST = "rest"


def write(rows: Path, folder: Path, newest: date, *, memory_mb: int = 1_024, threads: int = 1) -> Version:
    """Writes a version of the star into a folder. `newest` is the day until which everything is known."""
    writing = Writing(StarFolder(folder), memory_mb, threads)
    try:
        writing.write_rest(_taken(rows / _REST, writing))
        for month in sorted(path for path in rows.iterdir() if path.name != _REST):
            writing.write_month(date.fromisoformat(f"{month.name}-01"), _taken(month, writing))
        return writing.finish(newest)
    finally:
        writing.close()


def _taken(given: Path, writing: Writing) -> Path:
    folder = writing.export_folder(given.name)
    for file in given.iterdir():
        shutil.move(file, folder / file.name)
    return folder


def main() -> None:
    """Writes the star that is asked for on the standard input."""
    asked = orjson.loads(sys.stdin.buffer.read())
    version = write(
        Path(asked["rows"]),
        Path(asked["folder"]),
        date.fromisoformat(asked["newest"]),
        memory_mb=asked["memory_mb"],
        threads=asked["threads"],
    )
    sys.stdout.buffer.write(orjson.dumps({"root": str(version.root), "rows": version.manifest.rows}))


if __name__ == "__main__":
    main()
