"""What front doors do in a life: screen, correct, send late, and pass on what wrap-around practitioners tell."""

from datetime import datetime, timedelta

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.stateful.couples import DECISIONS, ODD, SIGNS, Couple, Filing, Key, Submission, screening, written
from tests.stateful.life import FLOW, PICK, Life

_KINDS = st.sampled_from(["refer"] * 8 + [kind for kind in DECISIONS if kind not in {"refer", *ODD}])
_OUTSIDE = ("front-door.hants-schools.screenings", "provider.north-mediators.updates", "front-door.oxon-gp.contacts")
_WITHOUT_SIGN = st.sampled_from(["refer", "refer", "unsure", "in-crisis", "does-not-agree", "no-notice"])


class FrontDoors(Life):
    """The rules of front doors."""

    @rule(pick=PICK, door=PICK, kind=_KINDS, flow=FLOW)
    def screens(self, pick: int, door: int, kind: str, flow: int) -> None:
        couple = self.world.couples[pick % len(self.world.couples)]
        self._screen(couple, couple.doors[door % len(couple.doors)], kind)
        self.go(flow)

    @precondition(lambda self: self.world.agreements.signs)
    @rule(pick=PICK, flow=FLOW)
    def sends_a_family_with_a_sign_of_abuse(self, pick: int, flow: int) -> None:
        """Again, or another front door to which nobody has told of it."""
        signs = self.world.agreements.signs
        known = [(each, door) for each in self.world.couples for door in each.doors if each.key(door) in signs]
        couple, informed = known[pick % len(known)]
        self._screen(couple, next((door for door in couple.doors if door != informed), informed), "refer")
        self.go(flow)

    @precondition(lambda self: self.world.submissions)
    @rule(pick=PICK, kind=_KINDS, flow=FLOW)
    def corrects(self, pick: int, kind: str, flow: int) -> None:
        """A correction of something that this front door sent, not always the last."""
        couple, submission = self._sent_before(pick)
        self._screen(couple, submission.key[0], kind, supersedes=submission.submission_id)
        self.go(flow)

    @precondition(lambda self: self.world.submissions)
    @rule(pick=PICK, kind=_WITHOUT_SIGN, flow=FLOW)
    def sends_what_is_older(self, pick: int, kind: str, flow: int) -> None:
        """What was left lying: submitted before something that is known already."""
        couple, submission = self._sent_before(pick)
        self._screen(couple, submission.key[0], kind, at=self._before_all_of(submission.key))
        self.go(flow)

    @precondition(lambda self: self.world.agreements.screened)
    @rule(pick=PICK, parent=st.sampled_from(["P1", "P2"]), outcome=st.sampled_from(["spoken", "spoken", "not-reached"]))
    def a_practitioner_has_spoken(self, pick: int, parent: str, outcome: str) -> None:
        case = self.case(pick)
        if self.state_of(case) in ("offered", "accepted", "assessed", "in-sessions") and self.world.bus.quiet:
            self._contact(case, parent, outcome)
            self.go(0)

    @precondition(lambda self: self.world.agreements.screened and self.late_enough)
    @rule(pick=PICK, flow=FLOW)
    def a_practitioner_learns_of_abuse(self, pick: int, flow: int) -> None:
        self._contact(self.case(pick), "P1", "spoken", sign_of_abuse=True)
        self.go(flow)

    @rule(what=st.sampled_from([b"{", b"[]", b'{"agency": "hants-schools"}', b"\xff", b""]), to=PICK)
    def sends_what_nobody_can_read(self, what: bytes, to: int) -> None:
        # The very same record again is the same dead letter.
        record = self.world.publish(_OUTSIDE[to % len(_OUTSIDE)], f"somebody-{self.taken}", what)
        self.world.broken.add((record.topic, record.partition, record.offset))
        self.go(1)

    def _sent_before(self, pick: int) -> tuple[Couple, Submission]:
        submission = [*self.world.submissions.values()][-1 - pick % len(self.world.submissions)]
        return next(each for each in self.world.couples if submission.key in map(each.key, each.doors)), submission

    def _before_all_of(self, key: Key) -> datetime:
        own = [submission.submitted_at for submission in self.world.submissions.values() if submission.key == key]
        return min(own) - timedelta(minutes=1)

    def _screen(
        self,
        couple: Couple,
        door: str,
        kind: str,
        supersedes: str | None = None,
        at: datetime | None = None,
        submission_id: str | None = None,
    ) -> None:
        if kind in SIGNS and not self.late_enough:
            kind = "refer"
        submission_id = submission_id or str(self.world.next_id())
        filing = Filing(kind, submission_id, at or self.world.now, len(self.world.submissions), supersedes)
        submission, value = screening(couple, door, filing)
        self.world.submissions[submission.submission_id] = submission
        self.world.publish(f"front-door.{door}.screenings", submission.key[1], value)

    def _contact(self, case: str, parent: str, outcome: str, *, sign_of_abuse: bool = False) -> None:
        self._send_contact(self.world.agreements.key_of[case], parent, outcome, sign_of_abuse=sign_of_abuse)

    def _send_contact(self, key: Key, parent: str, outcome: str, *, sign_of_abuse: bool = False) -> None:
        agency, family_ref = key
        contact = {
            "contact_id": str(self.world.next_id()),
            "family_ref": family_ref,
            "parent_ref": parent,
            "held_at": written(self.world.now),
            "outcome": outcome,
            "sign_of_abuse": sign_of_abuse,
        }
        self.world.publish(f"front-door.{agency}.contacts", family_ref, orjson.dumps(contact))
