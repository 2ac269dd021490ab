"""Log rotation: one process writes, and old parts are kept under a number."""

from pathlib import Path

LIMIT_BYTES = 20 * 1024 * 1024
KEPT = 3


class RotatingLog:
    """A log file at `path`; past the size limit it is renamed to `path.1`, and so on up to `path.<kept>`.

    A line is never split between two files.
    """

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES, kept: int = KEPT) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._kept = kept
        self._file = path.open("ab", buffering=0)
        self._size = self._file.tell()

    def write(self, data: bytes) -> None:
        """Appends data. Past the limit the file is rotated after the last whole line in `data`."""
        lines = data.rfind(b"\n") + 1
        if self._size + lines > self._limit_bytes and lines:
            self._append(data[:lines])
            self._turn_over()
            data = data[lines:]
        self._append(data)

    def close(self) -> None:
        """Closes the file; nothing is buffered."""
        self._file.close()

    def _append(self, data: bytes) -> None:
        self._file.write(data)
        self._size += len(data)

    def _turn_over(self) -> None:
        self._file.close()
        for number in range(self._kept - 1, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"{self._path.name}.{number + 1}"))
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        self._file = self._path.open("ab", buffering=0)
        self._size = 0


def tail(path: Path, lines: int = 20) -> str:
    """The last lines of a log, for an error message."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 64 * 1024))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
