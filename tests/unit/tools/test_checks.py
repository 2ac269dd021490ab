"""Dependencies and secrets are checked: a planted fault is found, and what was not looked at is not called clean."""

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from tools.checks import dependencies
from tools.checks.accepted import Literal, Vulnerability, accepted
from tools.checks.dependencies import Audit, problems, read
from tools.checks.secrets import ROOT, ScanFailedError, committed, scan, scan_committed, unexplained

TODAY = date(2026, 11, 30)
HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": ["CVE-2026-1"], "description": "…"}
ACCEPTED = Vulnerability(package="jinja2", id="PYSEC-2026-1", reason="we never render what others write", until=TODAY)


def report(*packages: dict[str, Any]) -> Audit:
    return read({"dependencies": list(packages), "fixes": []})


def package(name: str, *holes: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "2.0", "vulns": list(holes)}


@pytest.mark.parametrize(
    ("audit", "known", "expected"),
    [
        (report(package("jinja2")), [], []),
        (report(package("jinja2", HOLE)), [], ["jinja2: PYSEC-2026-1 is known, and not accepted with a reason"]),
        (report(package("jinja2", HOLE)), [ACCEPTED], []),
        (
            report(package("jinja2", HOLE)),
            [ACCEPTED.model_copy(update={"until": date(2026, 11, 29)})],
            ["jinja2: PYSEC-2026-1 was accepted until 2026-11-29: look at it again"],
        ),
        (
            report(package("jinja2")),
            [ACCEPTED],
            ["jinja2: PYSEC-2026-1 is accepted and not there any more: take it out"],
        ),
        (
            report(package("jinja2"), {"name": "left-pad", "skip_reason": "Dependency not found on PyPI"}),
            [],
            ["left-pad: could not be asked about"],
        ),
    ],
)
def test_a_vulnerability_is_accepted_with_a_reason_and_until_a_day(
    audit: Audit, known: list[Vulnerability], expected: list[str]
) -> None:
    assert problems(audit, known, TODAY) == expected


@pytest.mark.parametrize("audit", [None, Audit(0, ("jinja2",), ())])
def test_who_could_ask_nobody_reports_that(
    audit: Audit | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Which is what pip-audit calls "No known vulnerabilities found", with 0.
    monkeypatch.setattr(dependencies, "audited", lambda _lock: audit)
    for arguments, expected in (([], dependencies.UNREACHABLE), (["--unreachable=report"], 0)):
        monkeypatch.setattr(sys, "argv", ["dependencies", *arguments])
        assert dependencies.main() == expected
        assert capsys.readouterr().err.startswith("NOT AUDITED: ")


def test_an_acceptance_without_a_reason_is_none(tmp_path: Path) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text("vulnerabilities: [{package: a, id: b, reason: '', until: 2027-01-01}]\nliterals: []\n")
    with pytest.raises(ValidationError):
        accepted(file)


def planted(folder: Path) -> None:
    """A secret of each kind, made here: a committed one would be found."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (folder / "key.pem").write_text(pem)
    (folder / "guide.md").write_text("Use postgresql://parley:" + "S3cr3tPazzw0rd99" + "@db.hants.gov.uk/x\n")
    (folder / "settings.py").write_text('TOKEN = "' + "uVqg0zmUEJ9c2k5p" + '2J8oKXh4d1cFQy3s"\n')


def test_a_planted_secret_is_found_in_code_in_documents_and_as_a_file(tmp_path: Path) -> None:
    planted(tmp_path)
    found = {(path, rule) for path, rule, _ in scan(tmp_path, 3)}
    assert found == {
        ("key.pem", "betterleaks.private-key"),
        ("guide.md", "betterleaks.generic-credential-uri"),
        ("settings.py", "parley.literal"),
    }
    with pytest.raises(ScanFailedError, match="looked at 3 of 9 files"):
        scan(tmp_path, 9)
    with pytest.raises(ScanFailedError, match="kingfisher ended with"):
        scan(tmp_path / "nowhere", 0)


def test_what_is_found_needs_an_explanation_and_an_explanation_something_found() -> None:
    known = [Literal(path="a.py", rule="r", times=1, reason="a text that opens nothing anywhere")]
    assert unexplained([("a.py", "r", 3)], known) == []
    assert unexplained([("a.py", "r", 3), ("a.py", "r", 9)], known) == ["a.py:3,9: r, 2 times, 1 accepted"]
    assert unexplained([("b.py", "r", 3)], []) == ["b.py:3: r, 1 times, 0 accepted"]
    assert unexplained([], known) == ["a.py: r is accepted 1 times and not there as often: take it out"]


def test_a_secret_in_a_commit_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "read.me").write_text("nothing secret\n")
    planted(tmp_path)
    subprocess.run(["git", "-C", tmp_path, "add", "."], check=True)
    installed = tmp_path / ".venv"
    installed.mkdir()
    planted(installed)
    assert len(committed(tmp_path)) == 4
    assert len(unexplained(scan_committed(tmp_path), [])) == 3, "what is installed beside the files is others'"
    assert len(committed(ROOT)) > 1000
