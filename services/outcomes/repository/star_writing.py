"""One writing of the star: which files are made again, and which are taken over. Runs in a worker thread."""

import hashlib
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path

from services.outcomes.domain.star.reported import CASES, DIRECTORY, TRAINING
from services.outcomes.domain.star.tables import PARTITIONED, STAR
from services.outcomes.repository.star_engine import Engine, digest, rows_of_csv, rules_digest, statements
from services.outcomes.repository.star_folder import Manifest, StarFolder, Version, month_of, own_folder, place_of

STAR_ROOM, REPORTED_ROOM = "star", "reported"


def name_of(month: date) -> str:
    """A month as files name it."""
    return f"{month:%Y-%m}"


class Writing:
    """A version that is being written. Nobody reads it before it is finished; if it never is, the next removes it."""

    def __init__(self, folder: StarFolder, memory_mb: int, threads: int) -> None:
        self._folder = folder
        self.before: Version | None = folder.current()
        self._root = folder.begin()
        self._engine = Engine(self._root, memory_mb, threads)
        self._made_with = ""
        self._files: dict[str, str] = {}
        self._rows: dict[str, int] = {}

    def export_folder(self, name: str) -> Path:
        """An empty folder for the rows of a month, or of the rest."""
        return own_folder(self._root / "export" / name)

    def write_rest(self, exported: Path) -> None:
        """Writes what is kept whole: trainings and the directory. It comes first, since it has the prices of offers."""
        prices = rows_of_csv(exported / "offer_price.csv")
        self._made_with = hashlib.sha256(f"{rules_digest()}{prices}".encode()).hexdigest()
        self._engine.read_csv(exported, (*TRAINING, *DIRECTORY))
        self._engine.run(statements()[1])
        for name in (*TRAINING, *DIRECTORY):
            self._write(self._engine.write_reported, REPORTED_ROOM, name)
        for name in STAR:
            if name not in PARTITIONED:
                self._write(self._engine.write_star, STAR_ROOM, name)
        _remove(exported)

    def to_write(self, months: Collection[date], stale: Collection[date], *, everything: bool = False) -> list[date]:
        """Of all months those that have to be written; the files of the others are taken over as they are."""
        before = self.before.manifest if self.before else Manifest()
        known = set(before.months()) if before.made_with == self._made_with and not everything else set()
        left = [month for month in months if month not in stale and name_of(month) in known]
        taken = set(map(name_of, left))
        if self.before:
            for place in before.files:
                if month_of(place) in taken:
                    self._folder.keep(self.before, self._root, place)
                    self._files[place], self._rows[place] = before.files[place], before.rows[place]
        return [month for month in months if month not in left]

    def write_month(self, month: date, exported: Path) -> None:
        """Writes a month's files from its exported rows."""
        self._engine.read_csv(exported, CASES)
        self._engine.read_norms()
        self._engine.run(statements()[0])
        for name in CASES:
            self._write(self._engine.write_reported, REPORTED_ROOM, name, name_of(month))
        for name in PARTITIONED:
            self._write(self._engine.write_star, STAR_ROOM, name, name_of(month))
        _remove(exported)

    def finish(self, newest: date | None) -> Version:
        """Makes this version the one that is read."""
        self.close()
        _remove(self._root / "export")
        manifest = Manifest(self._made_with, newest.isoformat() if newest else None, self._files, self._rows)
        return self._folder.finish(self._root, manifest)

    def close(self) -> None:
        """Ends the engine."""
        self._engine.close()

    def _write(self, write: Callable[[str, Path], int], room: str, name: str, month: str | None = None) -> None:
        place = place_of(room, name, month)
        file = self._root / place
        self._rows[place] = write(name, file)
        self._files[place] = digest(file)


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink() if file.is_file() else _remove(file)
    folder.rmdir()
