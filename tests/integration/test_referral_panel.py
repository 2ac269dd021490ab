"""The multi-agency panel on real PostgreSQL: its meetings, what each member may see, and what it decides."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from shared.access.roles import Role
from tests.support.identity import signed_in
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import DIRECTORY, Referral, family, running
from tests.support.refusals import members

ROLES = {
    "change-grow-live": "drug-and-alcohol",
    "safe-lives": "domestic-abuse",
    "early-help-team": "early-help",
    "county-police": "police",
    "programmes-team": "programmes",
    "council": "coordinator",
}


class Panel:
    """The panel of an area with a member of each agency, and a meeting every fortnight."""

    def __init__(self, referral: Referral) -> None:
        self.referral = referral
        self.members: dict[str, str] = {}
        self.meetings: list[str] = []

    async def ask(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = await self.referral.http.request(method, path, json=body or None)
        assert answer.status_code == status, (path, answer.text)
        return answer.json()

    async def set_up(self) -> None:
        for agency, role in ROLES.items():
            member = {"area": ASKING_AREA, "agency": agency, "role": role, "name": f"A. {agency.title()}"}
            self.members[agency] = (await self.ask("POST", "/panel/members", **member))["member_id"]
        planned = await self.ask("POST", "/panel/meetings", area=ASKING_AREA, first="2025-04-08", meetings=3)
        self.meetings = [item["meeting_id"] for item in planned["items"]]

    async def take(self, *names: str) -> None:
        """Screens these families and takes them to the panel, in this order."""
        events = [family(name, area=ASKING_AREA, number=hash_of(name)) for name in names]
        await self.referral.screened(*events)
        for event in events:
            assert (await self.referral.post("to-panel", None, event.case_id))[0] == 200

    async def agenda(self, meeting: int = 0, agency: str | None = None) -> list[dict[str, Any]]:
        member = f"?member={self.members[agency]}" if agency else ""
        found = await self.ask("GET", f"/panel/meetings/{self.meetings[meeting]}/agenda{member}")
        return found["items"]

    def item(self, name: str, meeting: int = 0) -> str:
        return f"/panel/meetings/{self.meetings[meeting]}/cases/{some_id(f'case-{name}')}"

    async def attend(self, *agencies: str, meeting: int = 0) -> None:
        ids = [self.members[agency] for agency in agencies]
        await self.ask("POST", f"/panel/meetings/{self.meetings[meeting]}/attendance", members=ids)

    async def view(self, name: str, agency: str, recommendation: str, status: int = 200, **more: Any) -> Any:
        body = {"member": self.members[agency], "recommendation": recommendation, **more}
        return await self.ask("POST", f"{self.item(name)}/views", status, **body)

    async def decide(self, name: str, decision: str, status: int = 200, agency: str = "council", **more: Any) -> Any:
        body = {"member": self.members[agency], "decision": decision, **more}
        return await self.ask("POST", f"{self.item(name, more.pop('at', 0))}/decision", status, **body)


def hash_of(name: str) -> int:
    return UUID(str(some_id(name))).int % 10_000


def names_of(items: list[dict[str, Any]], *names: str) -> list[str]:
    known = {str(some_id(f"case-{name}")): name for name in names}
    return [known[item["case_id"]] for item in items]


@pytest.fixture
async def panel(databases: Any) -> AsyncIterator[Panel]:
    async with running(databases, *DIRECTORY) as service:
        board = Panel(service)
        await board.set_up()
        yield board


async def test_a_fortnights_panel_hears_every_member_and_decides_each_case(panel: Panel) -> None:
    held = await panel.ask("GET", f"/panel/meetings?area={ASKING_AREA}")
    assert [item["held_on"] for item in held["items"]] == ["2025-05-06", "2025-04-22", "2025-04-08"]
    names = ("F1", "F2", "F3", "F4", "F5")
    await panel.take(*names)
    agenda = await panel.agenda()
    assert (names_of(agenda, *names), [item["number"] for item in agenda]) == (list(names), [1, 2, 3, 4, 5])
    early = await panel.decide("F1", "agree", 409)
    assert "not recorded as attending" in early["detail"]
    await panel.attend("council")
    assert "1 agencies attend" in (await panel.decide("F1", "agree", 409))["detail"]
    await panel.attend("safe-lives", "county-police", "early-help-team")
    await panel.view("F1", "early-help-team", "agree", words="The mother speaks well of Mr Example.")
    await panel.view("F1", "safe-lives", "return")
    await panel.view("F1", "safe-lives", "agree")
    minutes = "Agreed, with the school at hand for Mr Example."
    decided = await panel.decide("F1", "agree", offer="south-mediation", minutes=minutes)
    assert decided["state"] == "offered"
    assert (await panel.decide("F2", "return", missing=["tool"]))["state"] == "returned"
    assert (await panel.decide("F3", "refuse", reason="other-support"))["state"] == "refused"
    assert (await panel.decide("F4", "specialist-pathway"))["state"] == "halted"
    assert "has decided" in (await panel.decide("F1", "refuse", 409, reason="other"))["detail"]
    published = [
        (topic, event.get("agreed_by")) for topic, event in await panel.referral.published() if "panel" not in topic
    ]
    assert published == [
        ("referral-agreed", "panel"),
        ("case-returned", None),
        ("case-refused", None),
        ("case-halted", None),
    ]
    shown = await panel.ask("GET", f"{panel.item('F1')}?member={panel.members['county-police']}")
    views = [(view["role"], view["recommendation"], view["words"]) for view in shown["views"]]
    assert sorted(views) == [
        ("domestic-abuse", "agree", None),
        ("early-help", "agree", "The mother speaks well of Mr Example."),
    ]
    assert (shown["decision"], shown["minutes"]) == ("agree", minutes)
    [line] = await panel.referral.pool.fetch(
        "SELECT who, by FROM case_history WHERE case_id = $1 AND trigger = 'agree'", some_id("case-F1")
    )
    assert tuple(line) == (panel.members["council"], "panel")
    for query in ("SELECT * FROM panel_item", "SELECT * FROM panel_view", "SELECT * FROM panel_member"):
        rows = str([tuple(row) for row in await panel.referral.pool.fetch(query)])
        assert "Example" not in rows
        assert "Council" not in rows
    # What was returned comes back to the panel, at its next meeting; what was not reached goes there too.
    await panel.referral.post("answer", None, some_id("case-F2"))
    await panel.ask("POST", f"/panel/meetings/{panel.meetings[0]}/close")
    assert sorted(names_of(await panel.agenda(1), *names)) == ["F2", "F5"]
    assert names_of(await panel.agenda(), *names) == ["F1", "F2", "F3", "F4"]


async def test_a_withheld_case_is_not_there_for_the_member_and_nothing_shows_that_it_is(panel: Panel) -> None:
    await panel.take("F1", "F3")
    without = [{**item, "number": None} for item in await panel.agenda(agency="county-police")]
    await panel.ask("POST", f"/panel/meetings/{panel.meetings[0]}/cancel")
    await panel.take("F2")
    secret = some_id("case-F2")
    await panel.ask("POST", f"/cases/{secret}/conflicts", agency="county-police", reason="employs-a-parent")
    theirs = await panel.agenda(1, "county-police")
    assert [item["number"] for item in theirs] == [1, 2]
    assert [{**item, "number": None} for item in theirs] == without
    assert names_of(await panel.agenda(1, "safe-lives"), "F1", "F2", "F3") == ["F1", "F3", "F2"]
    police = panel.members["county-police"]
    at = f"/panel/meetings/{panel.meetings[1]}/cases"
    answers = [await panel.ask("GET", f"{at}/{case}?member={police}", 404) for case in (secret, uuid4())] + [
        await panel.ask("POST", f"{at}/{case}/{what}", 404, member=police, **body)
        for case in (secret, uuid4())
        for what, body in (("views", {"recommendation": "agree"}), ("decision", {"decision": "specialist-pathway"}))
    ]
    assert [members(answer) for answer in answers] == [{"detail": "There is no such case on your agenda."}] * 6
    conflicts = (await panel.ask("GET", f"/cases/{secret}/conflicts"))["items"]
    assert [(each["agency"], each["reason"]) for each in conflicts] == [("county-police", "employs-a-parent")]
    await panel.ask("POST", f"/cases/{secret}/conflicts/{conflicts[0]['conflict_id']}/lift")
    assert names_of(await panel.agenda(1, "county-police"), "F1", "F2", "F3") == ["F1", "F3", "F2"]


async def test_a_withheld_members_agency_does_not_make_the_quorum_and_its_views_are_not_shown(panel: Panel) -> None:
    await panel.take("F1")
    case = some_id("case-F1")
    await panel.attend("council", "county-police")
    await panel.view("F1", "county-police", "agree")
    await panel.ask("POST", f"/cases/{case}/conflicts", member=panel.members["county-police"], reason="knows-a-parent")
    assert "1 agencies attend" in (await panel.decide("F1", "agree", 409))["detail"]
    shown = await panel.ask("GET", f"{panel.item('F1')}?member={panel.members['council']}")
    assert shown["views"] == []
    await panel.attend("safe-lives")
    assert (await panel.decide("F1", "agree"))["state"] == "offered"


async def test_the_panel_cannot_agree_over_a_members_sign_of_abuse(panel: Panel) -> None:
    await panel.take("F1")
    await panel.attend("council", "county-police", "safe-lives")
    await panel.view("F1", "safe-lives", "specialist-pathway")
    assert "specialist pathway" in (await panel.decide("F1", "agree", 409))["detail"]
    assert await panel.referral.state(some_id("case-F1")) == "at-panel"
    await panel.view("F1", "safe-lives", "agree")
    assert (await panel.decide("F1", "agree"))["state"] == "offered"


async def test_a_case_taken_back_from_the_panel_is_not_agreed_over_a_members_sign_of_abuse(panel: Panel) -> None:
    await panel.take("F1")
    await panel.attend("council", "safe-lives")
    await panel.view("F1", "safe-lives", "specialist-pathway")
    case = some_id("case-F1")
    assert (await panel.referral.post("from-panel", None, case))[0] == 200
    status, answer = await panel.referral.post("agree", {"offer": "south-mediation"}, case)
    assert (status, "specialist pathway" in answer["detail"]) == (409, True)
    refer = """
        INSERT INTO referral VALUES (gen_random_uuid(), $1, 1, 'north-mediation', 'north', 'mediation', $2, now(),
            'out', false)
        """
    for agreed_by in ("coordinator", "area-setting", "panel"):
        with pytest.raises(asyncpg.RaiseError, match="recommends the specialist pathway"):
            await panel.referral.pool.execute(refer, case, agreed_by)
    assert await panel.referral.state(case) == "awaiting-coordinator"


async def test_a_day_whose_meeting_is_over_is_not_planned_again(panel: Panel) -> None:
    await panel.ask("POST", f"/panel/meetings/{panel.meetings[1]}/cancel")
    planned = {"area": ASKING_AREA, "first": "2025-04-21", "meetings": 1}
    assert len((await panel.ask("POST", "/panel/meetings", **planned))["items"]) == 1
    refused = await panel.ask("POST", "/panel/meetings", 409, **planned | {"first": "2025-04-22"})
    assert "22 April 2025 is cancelled" in refused["detail"]


async def test_the_database_keeps_the_panels_rules(panel: Panel) -> None:
    await panel.take("F1", "F2")
    case, meeting = some_id("case-F1"), UUID(panel.meetings[0])
    police = UUID(panel.members["county-police"])
    await panel.ask("POST", f"/cases/{case}/conflicts", agency="county-police", reason="works-with-a-parent")
    view = "INSERT INTO panel_view (meeting_id, case_id, member_id, recommendation, at) VALUES ($1, $2, $3, $4, now())"
    decision = "UPDATE panel_item SET decision = 'agree', decided_at = now(), decided_by = $2 WHERE case_id = $1"
    refer = """
        INSERT INTO referral VALUES (gen_random_uuid(), $1, 1, 'north-mediation', 'north', 'mediation', 'panel', now(),
            'out', false)
        """
    pool = panel.referral.pool
    for statement, arguments, refusal in (
        (view, (meeting, case, police, "agree"), "withheld from this member"),
        (decision, (case, police), "withheld from this member"),
        (refer, (case,), "no panel has agreed"),
    ):
        with pytest.raises(asyncpg.RaiseError, match=refusal):
            await pool.execute(statement, *arguments)
    await panel.attend("council", "safe-lives")
    await panel.view("F2", "safe-lives", "refuse")
    await panel.decide("F2", "refuse", reason="other")
    for statement in (
        "UPDATE panel_view SET recommendation = 'agree'",
        "DELETE FROM panel_view",
        "UPDATE panel_item SET decision = 'agree' WHERE decision IS NOT NULL",
    ):
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await pool.execute(statement)


async def test_what_the_panels_pages_refuse(panel: Panel) -> None:
    await panel.take("F1")
    await panel.attend("council", "safe-lives")
    stranger, elsewhere = str(uuid4()), {"area": "E10000099", "agency": "council", "role": "police", "name": "X"}
    of_there = signed_in("d.shah", Role.COORDINATOR, areas=[elsewhere["area"]])
    other = (await panel.referral.http.post("/panel/members", json=elsewhere, headers=of_there)).json()["member_id"]
    for member in (stranger, other):
        await panel.ask("POST", f"/panel/meetings/{panel.meetings[0]}/attendance", 422, members=[member])
        await panel.ask("POST", f"{panel.item('F1')}/views", 404, member=member, recommendation="agree")
    retired = panel.members["programmes-team"]
    await panel.ask("POST", f"/panel/members/{retired}/retire")
    await panel.ask("POST", f"{panel.item('F1')}/views", 404, member=retired, recommendation="agree")
    assert (await panel.decide("F1", "return", 422))["errors"] == [{"field": "missing", "rule": "must be given"}]
    assert (await panel.decide("F1", "refuse", 422, reason="because"))["errors"][0]["field"] == "reason"
    assert (await panel.decide("F1", "vote", 422))["errors"][0]["field"] == "decision"
    case = some_id("case-F1")
    both = {"agency": "council", "member": retired, "reason": "knows-a-parent"}
    await panel.ask("POST", f"/cases/{case}/conflicts", 422, **both)
    await panel.ask("POST", f"/cases/{uuid4()}/conflicts", 404, agency="council", reason="knows-a-parent")
    await panel.ask("POST", f"/panel/meetings/{panel.meetings[0]}/close")
    await panel.ask("POST", f"/panel/meetings/{panel.meetings[0]}/close", 409)
    assert await panel.referral.state(case) == "at-panel"
    names = await panel.ask("GET", f"/panel/members?area={ASKING_AREA}")
    assert {item["name"] for item in names["items"]} >= {"A. Safe-Lives", "A. Council"}


async def test_a_case_waits_for_a_meeting_that_is_not_planned_yet_and_leaves_the_agenda_with_the_panel(
    panel: Panel,
) -> None:
    for meeting in panel.meetings:
        await panel.ask("POST", f"/panel/meetings/{meeting}/cancel")
    await panel.take("F1", "F2", "F3")
    planned = await panel.ask("POST", "/panel/meetings", area=ASKING_AREA, first="2025-06-03")
    panel.meetings = [item["meeting_id"] for item in planned["items"]]
    names = ("F1", "F2", "F3")
    assert names_of(await panel.agenda(), *names) == list(names)
    await panel.referral.post("from-panel", None, some_id("case-F1"))
    await panel.referral.post("hold", None, some_id("case-F2"))
    assert names_of(await panel.agenda(), *names) == ["F3"]
    await panel.referral.post("resume", None, some_id("case-F2"))
    assert sorted(names_of(await panel.agenda(), *names)) == ["F2", "F3"]
