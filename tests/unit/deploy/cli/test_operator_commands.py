import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import cases, consents, dead_letters, decisions, panel
from deploy.cli.main import app
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.sign_in import SignIn
from deploy.stack.terminal import harmless
from shared.access.roles import Purpose, Role
from tests.support.command_line import signed_in_at
from tests.support.identity import recorded

CASE = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
LETTER = "4f1f8a0e-6b0f-8c1e-9d2a-0c3b5e7f9a11"
PORTS = {name: number for number, name in enumerate(SERVICE_NAMES, start=1)}

Handler = Callable[[httpx.Request], httpx.Response]


def letter(**more: object) -> dict[str, object]:
    return {
        "id": LETTER,
        "subscription": "front-doors",
        "topic": "front-door.hants-mash.screenings",
        "partition": 1,
        "offset": 7,
        "recorded_at": "2025-04-01T08:12:00Z",
        "findings": [{"field": "agency", "rule": "must be the topic's agency"}],
        "attempts": 1,
        "times_seen": 2,
        "status": "open",
        "sealed": {"box": "SECRET"},
        **more,
    }


class Services:
    """Answers as the services would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: dict[tuple[str, str, str], httpx.Response] = {}

    def on(self, service: str, method: str, path: str, status: int = 200, **answer: object) -> None:
        self.answers[service, method, path] = httpx.Response(status, **answer)  # type: ignore[arg-type]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        service = next(name for name, port in PORTS.items() if port == request.url.port)
        return self.answers.get(
            (service, request.method, request.url.path), httpx.Response(404, json={"detail": "There is no such thing."})
        )


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return signed_in_at(tmp_path, PORTS, Role.COORDINATOR)


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> Iterator[Services]:
    answering = Services()

    def client(loaded: Stack) -> OperatorClient:
        return OperatorClient(loaded, httpx.MockTransport(answering))

    for module in (cases, consents, dead_letters, decisions, panel):
        monkeypatch.setattr(module, "load_stack", lambda _home: stack)
        monkeypatch.setattr(module, "OperatorClient", client)
    yield answering
    person, machinery = SignIn(stack.home).access_token(), stack.machine_token(Purpose.MACHINERY)
    for request in answering.asked:
        about_machinery = request.url.path.startswith("/dead-letters")
        assert request.headers["authorization"] == f"Bearer {machinery if about_machinery else person}"


def invoke(*arguments: str, text: str = "", columns: int = 200) -> Result:
    return CliRunner().invoke(app, arguments, input=text, env={"COLUMNS": str(columns)})


def parley(*arguments: str) -> str:
    result = invoke(*arguments)
    if isinstance(result.exception, ParleyError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_decisions_have_four_fields_and_sorted_reasons(services: Services, tmp_path: Path) -> None:
    line = {"service": None, "submission_id": "a", "decision": "not-ready", "reasons": ["z", "b"], "case_id": "hidden"}
    services.on("screening", "GET", "/decisions", text=json.dumps(line) + "\n")
    expected = {"submission_id": "a", "decision": "not-ready", "reasons": ["b", "z"], "service": None}
    assert json.loads(parley("decisions")) == expected
    output = tmp_path / "decisions.jsonl"
    parley("decisions", "--output", str(output))
    assert [json.loads(each) for each in output.read_text().splitlines()] == [expected]


def test_an_output_that_can_not_be_written(services: Services, tmp_path: Path) -> None:
    with pytest.raises(ParleyError, match="can't be written"):
        parley("decisions", "--output", str(tmp_path / "no" / "decisions.jsonl"))


def test_dead_letters_of_all_services_are_listed_without_their_contents(services: Services) -> None:
    for service in PORTS:
        services.on(service, "GET", "/dead-letters", json={"items": [letter(id=LETTER[:-1] + str(PORTS[service]))]})
    shown = parley("dead-letters", "list")
    assert "agency: must be the topic's agency" in shown
    assert f"{len(PORTS)} dead letters" in shown
    lines = [json.loads(line) for line in parley("dead-letters", "list", "--json").splitlines()]
    assert {line["service"] for line in lines} == set(PORTS)
    assert all("sealed" not in line for line in lines)


def test_a_service_that_is_away_does_not_hide_what_the_others_have(services: Services) -> None:
    services.on("screening", "GET", "/dead-letters", json={"items": [letter()]})
    for service in PORTS.keys() - {"screening", "referral"}:
        services.on(service, "GET", "/dead-letters", json={"items": []})
    services.on("referral", "GET", "/dead-letters", 503)
    result = invoke("dead-letters", "list")
    assert LETTER in result.output
    assert str(result.exception) == "referral failed with status 503. Its log says why."


def test_dead_letters_of_one_service_by_reason(services: Services) -> None:
    services.on("referral", "GET", "/dead-letters", json={"items": []})
    assert "No dead letter that waits" in parley("dead-letters", "list", "--service", "referral", "--reason", "case")
    assert [(request.url.port, request.url.params["reason"]) for request in services.asked] == [(2, "case")]


def test_show_finds_the_service_and_never_shows_the_contents(services: Services) -> None:
    services.on("referral", "GET", f"/dead-letters/{LETTER}", json=letter())
    shown = parley("dead-letters", "show", LETTER)
    assert "referral" in shown
    assert "SECRET" not in shown


def test_show_reports_an_id_that_no_service_has(services: Services) -> None:
    with pytest.raises(ParleyError, match="No service has a dead letter"):
        parley("dead-letters", "show", LETTER)


def test_retry_by_reason_shows_the_findings_that_remain(services: Services) -> None:
    other = LETTER.replace("4f1f", "5f1f")
    services.on("screening", "GET", "/dead-letters", json={"items": [letter(), letter(id=other)]})
    for service in PORTS.keys() - {"screening"}:
        services.on(service, "GET", "/dead-letters", json={"items": []})
    services.on("screening", "POST", f"/dead-letters/{LETTER}/retry", json={"status": "resolved", "findings": []})
    still = {"status": "open", "findings": [{"field": "area", "rule": "must be registered"}]}
    services.on("screening", "POST", f"/dead-letters/{other}/retry", json=still)
    shown = parley("dead-letters", "retry", "--reason", "agency")
    assert "area: must be registered" in shown
    assert "1 resolved, 1 still" in shown


def test_retry_goes_on_after_a_refusal_and_reports_it(services: Services) -> None:
    services.on("screening", "GET", f"/dead-letters/{LETTER}", json=letter())
    services.on("screening", "POST", f"/dead-letters/{LETTER}/retry", 409, json={"detail": "The key was erased."})
    with pytest.raises(ParleyError, match=f"{LETTER}: The key was erased."):
        parley("dead-letters", "retry", LETTER)


@pytest.mark.parametrize("arguments", [(), ("--all", "--reason", "x"), (LETTER, "--all")])
def test_retry_wants_exactly_one_choice(services: Services, arguments: tuple[str, ...]) -> None:
    result = invoke("dead-letters", "retry", *arguments)
    assert result.exit_code == 2
    assert "Give either IDs" in result.output
    assert not services.asked


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (("agree",), "agree", {}),
        (("agree", "--offer", "relate-mediation"), "agree", {"offer": "relate-mediation"}),
        (("return", "--missing", "a-b", "--missing", "c"), "return", {"missing": ["a-b", "c"]}),
        (("refuse", "--reason", "too-far"), "refuse", {"reason": "too-far"}),
        (("to-panel",), "to-panel", {}),
        (("from-panel",), "from-panel", {}),
        (("answer",), "answer", {"outcome": "information-given"}),
        (("halt", "--source", "told-by-a-parent"), "halt", {"source": "told-by-a-parent"}),
        (("specialist-contact", "--outcome", "declined"), "specialist-contact", {"outcome": "declined"}),
        (("hold",), "hold", {}),
        (("resume",), "resume", {}),
        (("halt",), "halt", {}),
        (("withdraw",), "withdraw", {}),
        (("withdraw", "--parent", LETTER), "withdraw", {"parent": LETTER}),
    ],
)
def test_coordinator_commands(
    services: Services, arguments: tuple[str, ...], path: str, body: dict[str, object]
) -> None:
    services.on("referral", "POST", f"/cases/{CASE}/{path}", json={"state": "agreed"})
    verb, *options = arguments
    assert "agreed" in parley("case", verb, CASE, *options)
    assert json.loads(services.asked[0].content) == body


@pytest.mark.parametrize(
    ("arguments", "path", "output", "body"),
    [
        (("attend", CASE, "--member", LETTER), "attendance", "", {"members": [LETTER]}),
        (("close", CASE), "close", "", {}),
        (
            ("view", CASE, LETTER, "--member", CASE, "--recommend", "agree"),
            f"cases/{LETTER}/views",
            " Both wish for a change.\n",
            {"member": CASE, "recommendation": "agree", "words": "Both wish for a change."},
        ),
        (
            ("decide", CASE, LETTER, "--member", CASE, "--decision", "return", "--missing", "tool"),
            f"cases/{LETTER}/decision",
            "",
            {"member": CASE, "decision": "return", "offer": None, "reason": None, "missing": ["tool"]},
        ),
    ],
)
def test_panel_commands(
    services: Services, arguments: tuple[str, ...], path: str, output: str, body: dict[str, object]
) -> None:
    services.on("referral", "POST", f"/panel/meetings/{CASE}/{path}", json={"state": "returned"})
    result = invoke("panel", *arguments, text=output)
    assert result.exit_code == 0, result.output
    assert json.loads(services.asked[0].content) == body


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (
            ("record", CASE, "--parent", LETTER, "--purpose", "evaluation", "--given-on", "2026-01-12"),
            "consents",
            {"parent": LETTER, "purpose": "evaluation", "given_on": "2026-01-12", "basis": "consent"},
        ),
        (
            ("withdraw", CASE, "--parent", LETTER, "--purpose", "child-participation", "--child", CASE),
            "consents/withdraw",
            {"parent": LETTER, "purpose": "child-participation", "child": CASE},
        ),
    ],
)
def test_consent_commands(services: Services, arguments: tuple[str, ...], path: str, body: dict[str, object]) -> None:
    services.on("referral", "POST", f"/cases/{CASE}/{path}", json={"state": "offered"})
    assert "is offered" in parley("consent", *arguments)
    assert json.loads(services.asked[0].content) == body


def test_a_note_is_read_from_the_standard_input_and_an_empty_one_is_refused(services: Services) -> None:
    services.on("referral", "POST", f"/cases/{CASE}/notes", json={})
    assert invoke("case", "note", CASE, text="Spoke with the school.\n").exit_code == 0
    assert json.loads(services.asked[0].content) == {"text": "Spoke with the school."}
    assert isinstance(invoke("case", "note", CASE, text=" ").exception, ParleyError)


def test_a_meetings_days_and_an_agenda_are_shown(services: Services) -> None:
    planned = {"meeting_id": CASE, "held_on": "2026-01-13", "status": "planned"}
    services.on("referral", "POST", "/panel/meetings", json={"items": [planned]})
    assert "2026-01-13" in parley("panel", "schedule", "--area", "E10000014", "--first", "2026-01-13")
    assert json.loads(services.asked[0].content) == {"area": "E10000014", "first": "2026-01-13", "meetings": 1}
    item = {"number": 1, "case_id": LETTER, "state": "at-panel", "decision": None}
    services.on("referral", "GET", f"/panel/meetings/{CASE}/agenda", json={"items": [item]})
    assert LETTER in parley("panel", "agenda", CASE, "--member", LETTER)
    assert dict(services.asked[1].url.params) == {"member": LETTER}
    assert json.loads(parley("panel", "agenda", CASE, "--json")) == item


def test_a_refused_transition_shows_the_services_message(services: Services) -> None:
    services.on("referral", "POST", f"/cases/{CASE}/agree", 409, json={"detail": "A halted case can't be agreed."})
    with pytest.raises(ParleyError, match="A halted case can't be agreed"):
        parley("case", "agree", CASE)


def test_findings_of_a_refusal_name_field_and_rule(services: Services) -> None:
    errors = [{"field": "offer", "rule": "must be eligible"}]
    services.on("referral", "POST", f"/cases/{CASE}/agree", 422, json={"errors": errors})
    with pytest.raises(ParleyError, match="offer: must be eligible"):
        parley("case", "agree", CASE)


def waiting(case_id: str) -> dict[str, object]:
    return {
        "case_id": case_id,
        "area": "E10000014",
        "state": "awaiting-coordinator",
        "waiting_since": "2025-04-02T18:57:00+00:00",
        "waiting_reason": "no-eligible-offer",
        "waiting_before": None,
        "days_waited": 12,
        "urgency": "high",
        "urgency_reasons": ["child-protection", "over-the-areas-limit"],
        "coordinator": recorded("c.okafor"),
    }


def test_the_worklist_shows_urgency_waiting_time_and_reasons(services: Services) -> None:
    services.on("referral", "GET", "/worklist", json={"items": [waiting(CASE)], "total": 1})
    shown = [line.split() for line in parley("worklist").splitlines()]
    assert [CASE, "E10000014", "high", "12", "c.okafor"] in shown
    assert ["no-eligible-offer"] in shown
    assert ["child-protection"] in shown
    assert json.loads(parley("worklist", "--json")) == waiting(CASE)


def test_the_worklist_fits_80_columns_and_shows_the_earlier_reason(services: Services) -> None:
    longest = {**waiting(CASE), "waiting_reason": "closed-before-contact-limit", "urgency": "immediate"}
    expired = {**waiting(LETTER), "waiting_reason": "consent-expired", "waiting_before": "wrap-around-not-confirmed"}
    services.on("referral", "GET", "/worklist", json={"items": [longest, expired], "total": 2})
    lines = invoke("worklist", columns=80).output.splitlines()
    assert max(map(len, lines[:-2])) <= 80
    rows = [line.split() for line in lines]
    assert [CASE, "E10000014", "immediate", "12", "c.okafor"] in rows
    for reason in ("closed-before-contact-limit", "consent-expired", "wrap-around-not-confirmed"):
        assert [reason] in rows


def test_a_truncated_worklist_shows_that_there_is_more(services: Services) -> None:
    services.on("referral", "GET", "/worklist", json={"items": [waiting(CASE), waiting(LETTER)], "total": 5})
    shown = parley("worklist", "--limit", "2", "--offset", "2", "--area", "E10000014")
    assert "The next page: --offset 4" in shown
    assert dict(services.asked[0].url.params) == {"limit": "2", "area": "E10000014", "offset": "2"}


def test_a_case_shows_what_a_party_outside_wrote_and_obeys_none_of_it(services: Services) -> None:
    found = {"case_id": CASE, "history": [{"why": "[red]too-far[/]"}, {"why": "\x1b[2J"}], "offer": None}
    services.on("referral", "GET", f"/cases/{CASE}", json=found)
    shown = parley("case", "show", CASE)
    assert "why [red]too-far[/]" in shown
    assert "\x1b" not in shown


def test_an_empty_worklist(services: Services) -> None:
    services.on("referral", "GET", "/worklist", json={"items": [], "total": 0})
    assert "Nothing waits" in parley("worklist")


def refuse_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def be_slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("handler", "output"),
    [
        (refuse_connection, "screening does not answer at https://127.0.0.1:1"),
        (be_slow, "screening did not answer within"),
        (lambda _request: httpx.Response(500, text="boom"), "screening failed with status 500"),
        (lambda _request: httpx.Response(401, json={"detail": "No."}), "No. This was asked with the stack's own token"),
        (lambda _request: httpx.Response(200, text="<html>"), "is not JSON"),
    ],
)
def test_what_goes_wrong_is_one_line(stack: Stack, handler: Handler, output: str) -> None:
    with OperatorClient(stack, httpx.MockTransport(handler)) as client, pytest.raises(ParleyError, match=output):
        client.get("screening", "/status")


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "`parley sign-in` starts a new sign-in"), (403, "Whoever administers people gives a role")],
)
def test_a_refusal_names_who_asked_what_is_missing_and_what_to_do(stack: Stack, status: int, advice: str) -> None:
    detail = "This needs the right panel-members.manage, which these roles have: area-administrator."

    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json={"detail": detail})

    with OperatorClient(stack, httpx.MockTransport(handler)) as client, pytest.raises(ParleyError) as refused:
        client.get("referral", "/worklist")
    for part in (detail, "You are c.okafor: coordinator. Areas: E10000014.", advice):
        assert part in str(refused.value)


def test_harmless_text() -> None:
    assert harmless("a\x1b[31mb\nc\u202e") == "a�[31mb\nc�"
