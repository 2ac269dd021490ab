"""St Helens: a multi-agency panel looks at a referral and recommends the next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from deploy.stack.errors import ParleyError
from deploy.stack.operator_api import NotFoundError
from shared.access.roles import Role
from tests.journeys.parties import until
from tests.journeys.steps import (
    Case,
    each_parent_is_screened_alone_and_agrees,
    the_provider_accepts_and_contacts_each_parent,
    the_provider_gets_each_parents_details_apart,
    the_team_discusses_it_with_the_referrer,
)
from tests.journeys.world import World

ST_HELENS = "E08000013"
ROLES = {
    "drug-and-alcohol": "sthelens-recovery",
    "domestic-abuse": "safe2speak",
    "early-help": "sthelens-early-help",
    "police": "merseyside-police",
    "programmes": "sthelens-programmes",
    "coordinator": "sthelens-council",
}


@dataclass
class Panel:
    """The panel's members, by what they bring, and its next meeting."""

    world: World
    members: Mapping[str, str]
    meeting: str

    def agenda_of(self, role: str) -> list[str]:
        """The cases that this member may see."""
        page = self.world.coordinator.get(f"/panel/meetings/{self.meeting}/agenda", member=self.members[role])
        return [str(each["case_id"]) for each in page["items"]]

    def sees(self, role: str, case: Case) -> dict[str, Any]:
        """A case as this member may see it."""
        at = f"/panel/meetings/{self.meeting}/cases/{case.id}"
        return self.world.coordinator.get(at, member=self.members[role])

    def gives_view(self, role: str, case: Case, recommendation: str, words: str) -> None:
        """A member's view."""
        body = {"member": self.members[role], "recommendation": recommendation, "words": words}
        self.world.coordinator.does(f"/panel/meetings/{self.meeting}/cases/{case.id}/views", **body)

    def decides(self, case: Case, decision: str, minutes: str) -> None:
        """The coordinator says what all have decided."""
        body = {"member": self.members["coordinator"], "decision": decision, "minutes": minutes}
        self.world.coordinator.does(f"/panel/meetings/{self.meeting}/cases/{case.id}/decision", **body)


@pytest.fixture
def panel(world: World) -> Panel:
    """Six members, and a meeting next week."""
    team = world.coordinator
    members = {
        role: str(
            team.does("/panel/members", area=ST_HELENS, agency=agency, role=role, name=f"Member {role}")["member_id"]
        )
        for role, agency in ROLES.items()
    }
    day = (world.now + timedelta(days=7)).date().isoformat()
    [meeting] = team.does("/panel/meetings", area=ST_HELENS, first=day, meetings=1)["items"]
    return Panel(world, members, str(meeting["meeting_id"]))


def test_the_panel_agrees_what_one_member_must_not_see(world: World, panel: Panel) -> None:
    family = world.family("sthelens-front-door", "Rimmer", "Bernadette", "Cuthbert", level_of_need="child-in-need")
    case = each_parent_is_screened_alone_and_agrees(world, family)
    the_team_discusses_it_with_the_referrer(case)

    the_coordinator_takes_it_to_the_panel_and_withholds_it_from_the_police(case)
    case.hears("at-panel")
    assert panel.agenda_of("police") == []
    with pytest.raises(NotFoundError, match="no such case on your agenda"):
        panel.sees("police", case)
    with pytest.raises(NotFoundError, match="no such case on your agenda"):
        panel.gives_view("police", case, "refuse", "we know the father")
    assert all(panel.agenda_of(role) == [case.id] for role in ROLES if role != "police")

    world.calendar_moves_to(world.now + timedelta(days=7))
    a_member_sees_when_the_panel_meets_and_nothing_of_a_family(panel)
    the_members_attend(panel)
    panel.gives_view("early-help", case, "agree", "both speak freely when apart")
    panel.gives_view("drug-and-alcohol", case, "agree", "nothing known to us")
    panel.gives_view("domestic-abuse", case, "specialist-pathway", "not yet sure that it is conflict")
    # While one member sees abuse, the others cannot agree, however many they are.
    with pytest.raises(ParleyError, match="recommends the specialist pathway"):
        panel.decides(case, "agree", "mediation")
    panel.gives_view("domestic-abuse", case, "agree", "spoke with the mother alone: no fear, no control")
    panel.decides(case, "agree", "mediation with the provider's own screening")

    assert case.hears("agreed")["service"] == "mediation"
    the_provider_gets_each_parents_details_apart(case, "relate")
    the_provider_accepts_and_contacts_each_parent(case)
    the_members_read_the_views_and_the_decision(panel, case)
    assert panel.agenda_of("police") == []
    with pytest.raises(NotFoundError, match="no such case on your agenda"):
        panel.sees("police", case)
    the_panels_views_went_to_nobody_else(case)
    world.coordinator.does(f"/panel/meetings/{panel.meeting}/close")


def a_member_sees_when_the_panel_meets_and_nothing_of_a_family(panel: Panel) -> None:
    """By a sign-in of their own: what they think, the coordinator writes down for them."""
    member = panel.world.acting_as(Role.PANEL_MEMBER)
    items = member.get("referral", "/panel/meetings", area=ST_HELENS)["items"]
    assert panel.meeting in {each["meeting_id"] for each in items}
    with pytest.raises(ParleyError, match=r"right panel-items.read.*You are the.panel-member: panel-member"):
        member.get("referral", f"/panel/meetings/{panel.meeting}/agenda", member=panel.members["police"])


def the_coordinator_takes_it_to_the_panel_and_withholds_it_from_the_police(case: Case) -> None:
    """The police work with a parent: withheld before the agenda goes out."""
    team = case.world.coordinator
    team.does(f"/cases/{case.id}/conflicts", agency=ROLES["police"], reason="works-with-a-parent")
    team.does(f"/cases/{case.id}/to-panel")
    team.finds(case.id, "panel-to-recommend")


def the_members_attend(panel: Panel) -> None:
    """All six."""
    panel.world.coordinator.does(f"/panel/meetings/{panel.meeting}/attendance", members=list(panel.members.values()))


def the_members_read_the_views_and_the_decision(panel: Panel, case: Case) -> None:
    """Everybody's views, with what was changed, and the minutes."""
    seen = panel.sees("programmes", case)
    assert (seen["decision"], seen["minutes"]) == ("agree", "mediation with the provider's own screening")
    assert {"both speak freely when apart", "spoke with the mother alone: no fear, no control"} <= {
        view["words"] for view in seen["views"]
    }


def the_panels_views_went_to_nobody_else(case: Case) -> None:
    """Neither to the front door nor to the provider: not what was said, nor that anybody spoke of abuse."""
    assert case.provider is not None
    provider = case.provider
    until(lambda: len(provider.received(case.id)) >= 3, "the provider's records")
    to_provider = str([each.body for each in provider.received(case.id)])
    to_front_door = str(case.front_door.progress(case.family.ref))
    for words in ("freely", "nothing known", "not yet sure", "no fear", "specialist", "panel-"):
        assert words not in to_provider
        assert words not in to_front_door
    assert not [each for each in ("abuse", "panel") if each in to_provider]
