"""No known vulnerability in what is installed: `python -m tools.checks.dependencies`, by pip-audit from PyPI's own API.

pip-audit ends with 0 and "No known vulnerabilities found" where it could ask nobody: so what it has asked is counted.
Exits with 1 where a vulnerability is not accepted, an acceptance is out of date or fits nothing, or single packages
could not be asked about; with 2 where nobody could be asked at all. `--unreachable=report` then says so and exits with
0: a machine without that API can check everything else, and its silence is not called clean.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tools.checks.accepted import Vulnerability, accepted

LOCK = Path(__file__).parents[2] / "requirements.lock"
_PATIENCE_S = 300
FOUND, UNREACHABLE = 1, 2


@dataclass(frozen=True)
class Audit:
    """What pip-audit said: of how many packages it knows, which it could not ask about, and (package, id) it found."""

    audited: int
    skipped: tuple[str, ...]
    found: tuple[tuple[str, str], ...]


def read(report: Mapping[str, Any]) -> Audit:
    """pip-audit's report as JSON."""
    packages = report["dependencies"]
    skipped = tuple(sorted(each["name"] for each in packages if "skip_reason" in each))
    found = {(each["name"], hole["id"]) for each in packages for hole in each.get("vulns", ())}
    return Audit(len(packages) - len(skipped), skipped, tuple(sorted(found)))


def problems(audit: Audit, known: Sequence[Vulnerability], today: date) -> list[str]:
    """What is not explained, in sentences."""
    by_name = {(each.package, each.id): each for each in known}
    reported = []
    for package, hole in audit.found:
        entry = by_name.pop((package, hole), None)
        if entry is None:
            reported.append(f"{package}: {hole} is known, and not accepted with a reason")
        elif entry.until < today:
            reported.append(f"{package}: {hole} was accepted until {entry.until}: look at it again")
    reported += [f"{package}: {hole} is accepted and not there any more: take it out" for package, hole in by_name]
    return reported + [f"{package}: could not be asked about" for package in audit.skipped]


def audited(lock: Path) -> Audit | None:
    """pip-audit's answer about a lock file. None where it gives none."""
    options = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--vulnerability-service", "pypi"]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *options, "--progress-spinner", "off", "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        return read(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Ask PyPI which locked packages have known vulnerabilities.")
    parser.add_argument("--unreachable", choices=("fail", "report"), default="fail", help="where nobody can be asked")
    asked = parser.parse_args()
    audit = audited(LOCK)
    if audit is None or not audit.audited:
        print("NOT AUDITED: PyPI's API of vulnerabilities did not answer for any locked package.", file=sys.stderr)
        return UNREACHABLE if asked.unreachable == "fail" else 0
    reported = problems(audit, accepted().vulnerabilities, datetime.now(UTC).date())
    for line in reported:
        print(line, file=sys.stderr)
    if not reported:
        print(f"{audit.audited} locked packages, and no known vulnerability that is not accepted.")
    return FOUND if reported else 0


if __name__ == "__main__":
    sys.exit(main())
