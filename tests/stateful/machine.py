"""A life of some families: everybody who can do something does it, in any order."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.stateful.circumstances import Circumstances
from tests.stateful.coordination import Coordination
from tests.stateful.couples import Couple
from tests.stateful.oddities import Oddities
from tests.stateful.places import GP, HERE, PANEL, POLICE, SCHOOL
from tests.stateful.provision import Provision

_DOORS = st.sampled_from([(SCHOOL, POLICE), (POLICE, SCHOOL), (SCHOOL, POLICE), (SCHOOL, GP), (SCHOOL,)])
_KNOWN_AS = st.sampled_from(["the-same", "the-same", "with-slips", "a-new-partner"])
_COUPLES = st.lists(
    st.tuples(_DOORS, _KNOWN_AS, st.sampled_from(["separated", "together"]), st.booleans()), min_size=2, max_size=4
)


class FamiliesStateMachine(Oddities, Coordination, Provision, Circumstances):
    """Two to four couples, each known to one or two front doors."""

    @initialize(couples=_COUPLES)
    def begins(self, couples: list[tuple[tuple[str, ...], str, str, bool]]) -> None:
        self.order: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self.sent: list[tuple[str, str, bytes]] = []
        self.members: list[str] = []
        self.world.couples = [Couple(number, *drawn) for number, drawn in enumerate(couples)]
        for agency, role in PANEL.items():
            body = {"area": HERE, "agency": agency, "role": role, "name": f"Olu Prendergast of {agency}"}
            answer = self.run(self.world.ask("referral", "POST", "/panel/members", body))
            self.members.append(answer.json()["member_id"])
        meetings = {"area": HERE, "first": self.world.now.date().isoformat(), "meetings": 12}
        assert self.run(self.world.ask("referral", "POST", "/panel/meetings", meetings)).status_code == 200
        for couple in self.world.couples[:2]:
            self._screen(couple, couple.doors[0], "refer")
        self.go(0)
