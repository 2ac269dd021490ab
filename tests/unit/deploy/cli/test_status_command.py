"""`parley status` shows alarms before anything else."""

import pytest

from deploy.cli import status

WELL = {"ready": True, "outbox_backlog": 0, "dead_letters": 2, "alarms": []}
ALARM = {"kind": "own-dead-letters", "what": "1 events of ours [red]could not\x1b[2J be used by this service"}


def shown(services: dict[str, dict[str, object]], capsys: pytest.CaptureFixture[str]) -> str:
    process = {"state": "running", "pid": 7, "restarts": 0, "log": "x", "up_seconds": 3.0}
    status._show(
        {
            "home": "/home",
            "phase": "ready",
            "step": "",
            "processes": dict.fromkeys(services, process),
            "services": services,
            "groups": [],
        }
    )
    return capsys.readouterr().out


def test_alarms_come_first_and_name_their_service(capsys: pytest.CaptureFixture[str]) -> None:
    shown_text = shown({"screening": WELL, "referral": {**WELL, "ready": False, "alarms": [ALARM]}}, capsys)
    assert shown_text.index("ALARM referral: 1 events of ours [red]could not") < shown_text.index("screening")
    assert "\x1b[2J" not in shown_text


def test_without_alarms_none_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ALARM" not in shown({"screening": WELL}, capsys)


def test_why_nobody_can_sign_in_yet_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    sign_in = {"entrance": "https://localhost:8443", "issuer": "https://localhost:8443/i", "ready": False}
    status._show_sign_in(sign_in | {"step": "Fetching: 34 of 176 MB", "error": None})
    status._show_sign_in(sign_in | {"step": "", "error": "no [red]network\x1b[2J"})
    status._show_sign_in(sign_in | {"step": "", "error": None})
    status._show_sign_in(sign_in | {"ready": True, "step": "", "error": None})
    text = capsys.readouterr().out
    assert "Nobody can sign in yet: Fetching: 34 of 176 MB" in text
    assert "Nobody can sign in yet: no [red]network" in text
    assert "\x1b[2J" not in text
    assert "https://localhost:8443/i does not answer" in text
    assert "People sign in at https://localhost:8443/" in text
