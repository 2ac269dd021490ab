"""`parley status` says what is wrong before anything else."""

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


def test_an_alarm_stands_above_everything_and_names_its_service(capsys: pytest.CaptureFixture[str]) -> None:
    told = shown({"screening": WELL, "referral": {**WELL, "ready": False, "alarms": [ALARM]}}, capsys)
    assert told.index("ALARM referral: 1 events of ours [red]could not") < told.index("screening")
    assert "\x1b[2J" not in told


def test_where_nothing_is_wrong_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "ALARM" not in shown({"screening": WELL}, capsys)
