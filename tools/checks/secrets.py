"""No secret in the repository: `python -m tools.checks.secrets`, by Kingfisher, on this tree and without a network.

Exits with 1 where something is found that `accepted.yaml` does not explain, where an explanation fits nothing any more,
and where the scanner has not looked at as many files as there are. Never prints what it found, only where.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.checks.accepted import Literal, accepted

ROOT = Path(__file__).parents[2]
_RULES = Path(__file__).with_name("secret_rules.yaml")
# Nothing was found, or something was. Whatever else it says means that it has not scanned.
_SCANNED = (0, 200)
# Files that are empty, twice the same or binary are not looked at one by one.
_AT_LEAST = 0.8


class ScanFailedError(Exception):
    """The scanner has not scanned, so nothing is known."""


def scan(folder: Path, files: int) -> list[tuple[str, str, int]]:
    """(path, rule, line) of everything found in a folder of so many files. Raises ScanFailedError."""
    with tempfile.TemporaryDirectory() as at:
        report = Path(at) / "report.json"
        options = ["--no-validate", "--git-history", "none", "--no-update-check", "--redact", "--confidence", "low"]
        options += ["--rules-path", str(_RULES), "--format", "json", "--output", str(report), "--quiet"]
        done = subprocess.run(
            [sys.executable, "-m", "kingfisher", "scan", folder, *options], capture_output=True, text=True, check=False
        )
        if done.returncode not in _SCANNED or not report.exists():
            raise ScanFailedError(f"kingfisher ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        content = json.loads(report.read_text())
    looked_at = _looked_at(content)
    if looked_at < _AT_LEAST * files:
        raise ScanFailedError(f"kingfisher looked at {looked_at} of {files} files")
    return sorted(_found(content, folder))


def unexplained(found: Iterable[tuple[str, str, int]], known: Iterable[Literal]) -> list[str]:
    """What is found and not accepted, and what is accepted and not found, in sentences."""
    places: dict[tuple[str, str], list[int]] = {}
    for path, rule, line in found:
        places.setdefault((path, rule), []).append(line)
    expected = Counter({(each.path, each.rule): each.times for each in known})
    reported = []
    for (path, rule), lines in places.items():
        if len(lines) > expected[path, rule]:
            reported.append(
                f"{path}:{','.join(map(str, lines))}: {rule}, {len(lines)} times, {expected[path, rule]} accepted"
            )
    for (path, rule), times in expected.items():
        if len(places.get((path, rule), ())) < times:
            reported.append(f"{path}: {rule} is accepted {times} times and not there as often: take it out")
    return reported


def _looked_at(content: Mapping[str, Any]) -> int:
    return sum(int(each["stats"]["blobs_scanned"]) for each in content["audit"]["repositories"])


def _found(content: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str, int]]:
    for each in content["findings"]:
        path = Path(each["finding"]["path"])
        yield str(path.relative_to(folder) if path.is_absolute() else path), each["rule"]["id"], each["finding"]["line"]


def committed(root: Path) -> list[str]:
    """The files of the repository, by their paths."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z"],  # noqa: S607 - whichever git made this checkout
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


def scan_committed(root: Path) -> list[tuple[str, str, int]]:
    """What is found in the repository's own files: what is installed beside them is others'. Raises ScanFailedError."""
    names = committed(root)
    with tempfile.TemporaryDirectory() as at:
        for name in names:
            copy = Path(at) / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy)
        return scan(Path(at), len(names))


def main() -> int:
    """The command line."""
    try:
        reported = unexplained(scan_committed(ROOT), accepted().literals)
    except ScanFailedError as error:
        reported = [f"Not scanned for secrets: {error}"]
    for line in reported:
        print(line, file=sys.stderr)
    if not reported:
        print("No secret in the repository that is not explained.")
    return 1 if reported else 0


if __name__ == "__main__":
    sys.exit(main())
