"""`parley families`: reasons are codes. Free text would stay in the list of processes and in the history."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import families
from shared.contracts.families import (
    REASONS_FOR_ONE,
    REASONS_FOR_TWO,
    REASONS_TO_NOTE,
    REASONS_TO_SEPARATE,
    LinkReason,
)

ONE, OTHER = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10", "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e11"
WORDS = "his sister told me"
COMMANDS = [
    (["confirm", ONE], REASONS_FOR_ONE),
    (["reject", ONE], REASONS_FOR_TWO),
    (["note", ONE], REASONS_TO_NOTE),
    (["link", ONE, OTHER], REASONS_FOR_ONE),
    (["separate", ONE], REASONS_TO_SEPARATE),
]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    requests: list[Any] = []

    class Client:
        def __enter__(self) -> "Client":
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def post(self, service: str, path: str, body: dict[str, Any]) -> None:
            requests.append((service, path, body))

    monkeypatch.setattr(families, "_client", Client)
    return requests


def ran(*arguments: str) -> Any:
    app = typer.Typer()
    families.register(app)
    return CliRunner().invoke(app, ["families", *arguments])


@pytest.mark.parametrize(
    ("command", "reasons"), COMMANDS, ids=lambda value: value[0] if isinstance(value, list) else ""
)
def test_each_command_takes_its_own_codes_and_no_free_text(
    command: list[str], reasons: frozenset[LinkReason], sent: list[Any]
) -> None:
    for refused in (["--why", WORDS], ["--reason", WORDS], [], ["--reason", "other", "--why", WORDS]):
        answer = ran(*command, *refused)
        assert answer.exit_code == 2
        assert WORDS not in answer.output
        assert "other" in answer.output, "it says which codes there are"
    assert sent == []
    for reason in LinkReason:
        assert (ran(*command, "--reason", reason.value).exit_code == 0) is (reason in reasons)
    assert {body["reason"] for _, _, body in sent} == reasons
    assert all("why" not in body for _, _, body in sent)
