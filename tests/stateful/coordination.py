"""What people decide in a life: the coordinator, the panel, parents about their consent, and who joins families."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.life import FLOW, PICK, Life
from tests.stateful.places import AREA_OF, HERE, MODULES, PROVIDERS, SERVICES

_OFFERS = [f"{provider}-{service}" for provider in PROVIDERS for service in SERVICES]
_COMMANDS = st.sampled_from(
    [
        *[("agree", {}), ("to-panel", None), ("to-panel", None), ("hold", None), ("resume", None), ("claim", {})],
        *[("agree", {"offer": offer}) for offer in _OFFERS],
        *[("agree", {"wait": True}), ("agree", {"offer": _OFFERS[0], "wait": True}), ("take-off-list", None)],
        *[("return", {"missing": ["tool", "childs-views"]}), ("refuse", {"reason": "other-support"})],
        *[("answer", {}), ("from-panel", None), ("seen-to", None), ("reopen", {}), ("release", None)],
        *[("confirm-people", {}), ("confirm-people", {"theirs": False})],
        *[("specialist-contact", {"outcome": outcome}) for outcome in ("contact-made", "not-reached")],
    ]
)
# What somebody who does their work does next with a case that is on the worklist.
_NEXT: dict[str, tuple[tuple[str, Any], ...]] = {
    "awaiting-coordinator": (("agree", {}), ("agree", {"offer": _OFFERS[0]}), ("agree", {"offer": _OFFERS[4]})),
    "returned": (("answer", {}),),
    "on-hold": (("resume", None),),
    "halted": (("specialist-contact", {"outcome": "contact-made"}),),
    "at-panel": (("from-panel", None),),
}
_SOMETIMES = st.sampled_from([True, False, False])


class Coordination(Life):
    """The rules of people who decide."""

    @precondition(lambda self: self.world.agreements.screened)
    @rule(pick=PICK, command=_COMMANDS, flow=FLOW)
    def the_coordinator_decides(self, pick: int, command: tuple[str, Any], flow: int) -> None:
        self.command(self.case(pick), *command)
        self.go(flow)

    @precondition(lambda self: self.world.in_force.asked_about())
    @rule(pick=PICK, theirs=st.booleans(), flow=FLOW)
    def the_coordinator_looks_at_strangers(self, pick: int, theirs: bool, flow: int) -> None:
        asked = self.world.in_force.asked_about()
        self.command(asked[-1 - pick % len(asked)], "confirm-people", {"theirs": theirs})
        self.go(flow)

    @precondition(lambda self: self.world.agreements.screened)
    @rule(pick=PICK, most=st.integers(1, 3), flow=FLOW)
    def the_worklist_gets_shorter(self, pick: int, most: int, flow: int) -> None:
        lines = self.run(self.world.ask("referral", "GET", "/worklist")).json()["items"]
        for line in [*lines, *lines][pick % max(1, len(lines)) :][: min(most, len(lines))]:
            for command, body in _NEXT.get(line["state"], (("seen-to", None),)):
                if self.command(line["case_id"], command, body) == 200:
                    break
        self.go(flow)

    @precondition(lambda self: self.world.agreements.screened and self.late_enough)
    @rule(pick=PICK, flow=FLOW)
    def the_coordinator_learns_of_abuse(self, pick: int, flow: int) -> None:
        assert self.command(self.case(pick), "halt", {"source": "told-by-a-child"}) == 200
        self.go(flow)

    @precondition(lambda self: self.world.agreements.screened)
    @rule(pick=PICK, parent=st.sampled_from([None, 0, 1]), flow=FLOW)
    def a_parent_withdraws(self, pick: int, parent: int | None, flow: int) -> None:
        case = self.case(pick)
        people, _ = self.world.agreements.people(case)
        body = {} if parent is None else {"parent": people[parent]}
        assert self.command(case, "withdraw", body) == 200
        self.go(flow)

    @precondition(lambda self: self.world.agreements.screened)
    @rule(
        pick=PICK,
        parent=PICK,
        purpose=st.sampled_from(["referral", "evaluation", "child-participation"]),
        given=st.booleans(),
        flow=FLOW,
    )
    def a_parent_consents_or_refuses(self, pick: int, parent: int, purpose: str, given: bool, flow: int) -> None:
        case = self.case(pick)
        people, children = self.world.agreements.people(case)
        body: dict[str, Any] = {"parent": people[parent % len(people)], "purpose": purpose}
        if purpose == "child-participation":
            # A record that names no child has nobody to say this of.
            body |= {"child": children[0]} if children else {"purpose": "evaluation"}
        if given:
            self.command(case, "consents", {**body, "given_on": self.world.now.date().isoformat()})
        else:
            self.command(case, "consents/withdraw", body)
        self.go(flow)

    @precondition(lambda self: self.world.agreements.screened)
    @rule(pick=PICK, member=PICK, withheld=_SOMETIMES)
    def a_case_goes_to_the_panel(self, pick: int, member: int, withheld: bool) -> None:
        case = self.case(pick)
        if withheld:
            body = {"member": self.members[member % len(self.members)], "reason": "knows-a-parent"}
            assert self.run(self.world.ask("referral", "POST", f"/cases/{case}/conflicts", body)).status_code == 200
        self.command(case, "to-panel")
        self.go(0)

    @rule(
        pick=PICK,
        member=PICK,
        view=st.sampled_from(["agree", "agree", "return", "refuse", "specialist-pathway"]),
        decision=st.sampled_from([None, "agree", "agree", "agree", "return", "refuse", "specialist-pathway"]),
        attend=st.integers(1, 3),
        flow=FLOW,
    )
    def the_panel_meets(self, pick: int, member: int, view: str, decision: str | None, attend: int, flow: int) -> None:
        meeting = self._next_meeting()
        agenda = meeting and self.run(self.world.ask("referral", "GET", f"{meeting}/agenda")).json()["items"]
        undecided = [line["case_id"] for line in agenda or () if not line["decision"]]
        if undecided:
            at = f"{meeting}/cases/{undecided[pick % len(undecided)]}"
            who = self.members[member % len(self.members)]
            self._post(f"{meeting}/attendance", {"members": self.members[:attend]})
            self._post(f"{at}/views", {"member": who, "recommendation": view, "words": "I know this family"})
            if decision and (decision != "specialist-pathway" or self.late_enough):
                body = {"member": self.members[0], "decision": decision, "missing": ["tool"], "reason": "other"}
                self._post(f"{at}/decision", body)
        self.go(flow)

    @rule(how=st.sampled_from(["close", "cancel"]))
    def a_meeting_is_over(self, how: str) -> None:
        if meeting := self._next_meeting():
            self._post(f"{meeting}/{how}", None)
        self.go(0)

    @precondition(lambda self: self.world.agreements.screened)
    @rule(pick=PICK, verb=st.sampled_from(["confirm", "confirm", "reject", "note"]), flow=FLOW)
    def a_likeness_is_looked_at(self, pick: int, verb: str, flow: int) -> None:
        lines = self.run(self.world.ask("families", "GET", "/likenesses")).json()["items"]
        if lines:
            line = lines[pick % len(lines)]
            cases = [case for side in line["sides"] for case in side["cases"]]
            self._by_hand(f"/likenesses/{line['id']}/{verb}", {}, cases)
        self.go(flow)

    @precondition(lambda self: len(self.world.agreements.screened) > 1)
    @rule(pick=PICK, other=PICK, separate=st.booleans(), flow=FLOW)
    def a_person_links_or_separates(self, pick: int, other: int, separate: bool, flow: int) -> None:
        one, two = self.case(pick), self.case(other)
        if separate:
            self._by_hand(f"/families/{one}/separate", {}, [one])
        else:
            self._by_hand(f"/families/{one}/link", {"with_case": two}, [one, two])
        self.go(flow)

    @rule(door=st.sampled_from([*AREA_OF]), came=st.sampled_from(["yes", "yes", "partly"]), flow=FLOW)
    def a_referrer_is_trained(self, door: str, came: str, flow: int) -> None:
        session = {
            "modules": list(MODULES),
            "areas": [AREA_OF[door]],
            "days": [self.world.now.date().isoformat()],
            "delivery": "online",
            "delivered_by": "amity",
            "places": 2,
        }
        arranged = self.run(self.world.ask("workforce", "POST", "/sessions", session)).json()["session_id"]
        listed = f"agency,practitioner,name,email,profession,attended\n{door},{door}-referrer,Ivo Prendergast,"
        listed += f"referrer@{door}.example,teacher,{came}\n"
        answer = self.run(self.world.ask("workforce", "POST", f"/sessions/{arranged}/attendance", listed))
        assert answer.status_code == 200, answer.text
        self.go(flow)

    def _by_hand(self, path: str, body: dict[str, Any], cases: list[str]) -> None:
        answer = self.run(self.world.ask("families", "POST", path, {"reason": "other", **body}))
        if answer.status_code == 200:
            keys = {self.world.agreements.key_of.get(each) for each in cases}
            for couple in self.world.couples:
                if not keys.isdisjoint(own := {couple.key(door) for door in couple.doors}):
                    self.world.touched |= own

    def _post(self, path: str, body: Any) -> int:
        return self.run(self.world.ask("referral", "POST", path, body)).status_code

    def _next_meeting(self) -> str | None:
        meetings = self.run(self.world.ask("referral", "GET", f"/panel/meetings?area={HERE}")).json()["items"]
        planned = [each for each in meetings if each["status"] == "planned"]
        return f"/panel/meetings/{planned[-1]['meeting_id']}" if planned else None
