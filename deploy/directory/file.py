"""Reads a directory file for a command: the rules are `shared/contracts/directory_reading.py`, and the pages' too."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.stack.errors import ParleyError
from shared.contracts.directory import DirectoryEntry
from shared.contracts.directory_reading import (
    DirectoryFileError,
    Line,
    check_text,
    read_entries,
    reference_findings,
)

_MOST_FINDINGS = 20


def read_directory(path: Path, registered: Mapping[str, DirectoryEntry] | None = None) -> list[Line]:
    """The entries of the file, complete and in an order in which referenced entries come first.

    Raises `ParleyError` naming line, entry and field of every violation of the contracts.
    """
    try:
        return read_entries(_text(path), registered or {})
    except DirectoryFileError as error:
        raise _refused(path, error) from None


def check_file(path: Path) -> None:
    """Raises `ParleyError` for all errors in a file that do not depend on registered entries: fields may be missing."""
    try:
        check_text(_text(path))
    except DirectoryFileError as error:
        raise _refused(path, error) from None


def check_references(path: Path, lines: Sequence[Line], registered: Sequence[DirectoryEntry]) -> None:
    """Raises `ParleyError` if an entry refers to one that is neither in the file nor registered, or to an unknown
    service.
    """
    if found := reference_findings(lines, registered):
        raise _refused(path, DirectoryFileError(found))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise ParleyError(f"{path} is not text in UTF-8.") from None


def _refused(path: Path, error: DirectoryFileError) -> ParleyError:
    """All findings with their lines."""
    found = error.findings[:_MOST_FINDINGS]
    lines = [f"{path} line {line}: {text}" if line else f"{path} {text}" for line, text in found]
    if len(error.findings) > _MOST_FINDINGS:
        lines.append(f"… and {len(error.findings) - _MOST_FINDINGS} more.")
    return ParleyError("\n".join([*lines, "Nothing was applied."]))
