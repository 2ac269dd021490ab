"""Simulates a provider's updates, from the offer to the follow-up a year later. Pure and deterministic per family.

Calibrated to the national programme, in parents: 79% of those referred came to a first session, 56% of these stayed to
the end, 14.4% of those referred answered after 6 months and 6.1% after 12.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from deploy.demo.diary import Diary
from deploy.demo.measures import FOR_CHILDREN, FOR_PARENTS, Scores, view
from deploy.demo.sessions import PlannedSession, Programme, programme
from shared.contracts.notification import ReferralOffered
from shared.contracts.vocabulary import AssessmentOutcome, ClosureReason, Occasion, ParentRole, SessionKind

DECLINED = 0.04
# Outcomes of an accepted case before any session.
NO_CONTACT = 0.05
WITHDRAWN_AT_FIRST_CALL = 0.04
NOT_SUITABLE = 0.035
SAFETY_CONCERN_AT_ASSESSMENT = 0.005
# Outcomes from the first session on.
ONE_PARENT_NEVER_COMES = 0.155
FATHERS_SHARE_OF_NEVER_COMING = 0.6
COMPLETED_WITH_BOTH = 0.577
COMPLETED_WITH_ONE = 0.4
SAFETY_CONCERN_LATER = 0.007
WITHDRAWN_LATER = 0.18
# Shares of the parents who stayed to the end, and of those who answered the first follow-up.
ANSWERS_AFTER_6_MONTHS = 0.328
ANSWERS_AFTER_12_MONTHS = 0.43
CLOSING_MEASURE = (0.35, 0.92)
_ONE_IN = 8

_HOURS = {"weekday mornings": (9, 10), "after 18:00": (18, 19)}


@dataclass(frozen=True)
class Parent:
    """A parent as the provider knows them. `details` are decrypted: name, date of birth, contact."""

    person_id: UUID
    role: ParentRole
    details: Mapping[str, Any]

    @property
    def stable_key(self) -> str:
        """A digest of the front door's details of this parent: unlike ids, the same on every installation."""
        fields = {name: value for name, value in self.details.items() if name != "person_id"}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def case_seed(seed: int, offer: str, parents: Sequence[Parent]) -> int:
    """A seed that is the same on every installation: from the family's own data, never from a random id."""
    family = "|".join(sorted(parent.stable_key for parent in parents))
    return int.from_bytes(hashlib.sha256(f"{seed}|{offer}|{family}".encode()).digest()[:8], "big")


def simulate(seed: int, offer: ReferralOffered, parents: Sequence[Parent]) -> list[dict[str, Any]]:
    """All updates that the provider sends about this case, in the order of their dates.

    An update's id is derived from the referral and its position in the series, so sending it again has no effect.
    """
    rng = Random(case_seed(seed, offer.offer, parents))
    family = sorted(parents, key=lambda parent: parent.stable_key)
    course = _Course(rng, offer, family)
    course.run()
    return course.updates


class _Course:
    """The course of one case from the offer on. Each step returns whether the case continues."""

    def __init__(self, rng: Random, offer: ReferralOffered, family: Sequence[Parent]) -> None:
        self._rng = rng
        self._offer = offer
        self._family = family
        self._children = offer.children_taking_part
        self._diary = Diary(offer.agreed_at, rng)
        self._scores = Scores(rng)
        # Some families' sessions are scheduled in advance, so that wrap-around practitioners are reminded of them.
        self._schedules_sessions = int(family[0].stable_key[:8], 16) % _ONE_IN == 0
        self.updates: list[dict[str, Any]] = []

    def run(self) -> None:
        self._diary.working_days_later(1, 5)
        if self._happens(DECLINED):
            self._update("referral-declined", reason=self._rng.choices(("no-capacity", "language"), (70, 30))[0])
            return
        self._update("referral-accepted")
        fate = self._rng.random()
        if not self._contact(fate) or not self._assess(fate - NO_CONTACT - WITHDRAWN_AT_FIRST_CALL):
            return
        starters = self._starters()
        self._take_baselines(starters)
        reason = self._hold_sessions(starters)
        if reason is not None:
            completed = reason is ClosureReason.COMPLETED
            self._close(reason, starters)
            self._follow_up(starters if completed else ())

    def _contact(self, fate: float) -> bool:
        never_reached = fate < NO_CONTACT
        declines = not never_reached and fate < NO_CONTACT + WITHDRAWN_AT_FIRST_CALL
        unlucky = self._rng.randrange(len(self._family))
        for number, parent in enumerate(self._family):
            if never_reached and number == unlucky:
                self._attempts(parent, self._rng.randint(3, 5), reached=None)
            else:
                self._attempts(
                    parent,
                    self._rng.choices((0, 1, 2), (62, 27, 11))[0],
                    reached="declined" if declines and number == unlucky else "reached",
                )
        if never_reached or declines:
            self._diary.working_days_later(1, 5)
            self._close(ClosureReason.NO_CONTACT if never_reached else ClosureReason.WITHDRAWN, ())
            return False
        return True

    def _attempts(self, parent: Parent, in_vain: int, reached: str | None) -> None:
        """Contacts a parent only by the methods and at the times that they gave as safe."""
        contact = parent.details.get("contact") or {}
        methods = contact.get("safe_methods") or ["post"]
        hours = _HOURS.get(contact.get("safe_times") or "", (9, 16))
        outcomes = [self._rng.choice(("no-answer", "message-left")) for _ in range(in_vain)]
        for outcome in [*outcomes, reached] if reached else outcomes:
            method = self._rng.choice(methods)
            self._diary.working_days_later(1, 2 if in_vain else 3, hours)
            fields = "message-left" if outcome == "no-answer" and method != "phone" else outcome
            self._update("contact-attempted", parent=str(parent.person_id), method=method, outcome=fields)

    def _assess(self, fate: float) -> bool:
        self._diary.working_days_later(5, 20)
        seen = [str(parent.person_id) for parent in self._family]
        if fate < NOT_SUITABLE:
            outcome = AssessmentOutcome.NOT_SUITABLE
        elif fate < NOT_SUITABLE + SAFETY_CONCERN_AT_ASSESSMENT:
            outcome = AssessmentOutcome.SAFETY_CONCERN
        else:
            outcome = AssessmentOutcome.SUITABLE
        self._update("initial-assessment", outcome=outcome.value, parents_seen=seen)
        # "Not suitable" ends the case by itself: there is nothing left to close.
        return outcome is AssessmentOutcome.SUITABLE

    def _starters(self) -> list[Parent]:
        if len(self._family) < 2 or not self._happens(ONE_PARENT_NEVER_COMES):
            return list(self._family)
        fathers = [parent for parent in self._family if parent.role is ParentRole.FATHER]
        others = [parent for parent in self._family if parent.role is not ParentRole.FATHER]
        a_father = not others or (bool(fathers) and self._happens(FATHERS_SHARE_OF_NEVER_COMING))
        missing = self._rng.choice(fathers if a_father else others)
        return [parent for parent in self._family if parent is not missing]

    def _take_baselines(self, starters: Sequence[Parent]) -> None:
        for parent in starters:
            self._update("measure", measure=self._scores.baseline(parent.person_id, FOR_PARENTS))
        for child in self._children:
            self._update("measure", measure=self._scores.baseline(child, FOR_CHILDREN))

    def _hold_sessions(self, starters: Sequence[Parent]) -> ClosureReason | None:
        """Holds the sessions; returns how the case ended, or None after a sign of abuse, which ends the updates."""
        completed = self._happens(COMPLETED_WITH_BOTH if len(starters) > 1 else COMPLETED_WITH_ONE)
        concern = not completed and self._happens(SAFETY_CONCERN_LATER / (1 - COMPLETED_WITH_BOTH))
        plan = programme(
            self._rng,
            self._offer.service,
            starters=[parent.person_id for parent in starters],
            absent=[parent.person_id for parent in self._family if parent not in starters],
            children=self._children,
            completed=completed,
        )
        planned_at = self._diary.now
        self._diary.working_days_later(3, 10)
        self._hold(plan, planned_at)
        if concern:
            self._diary.working_days_later(1, 3)
            self._update("safety-concern")
            return None
        if completed:
            self._diary.working_days_later(1, 5)
            return ClosureReason.COMPLETED
        self._diary.working_days_later(5, 15)
        return ClosureReason.WITHDRAWN if self._happens(WITHDRAWN_LATER) else ClosureReason.ENDED_EARLY

    def _hold(self, plan: Programme, planned_at: datetime) -> None:
        for number, session in enumerate(plan.sessions, start=1):
            if number > 1 and session.kind is not SessionKind.CHILD_CONSULTATION:
                self._diary.weeks_later(plan.weeks_between)
            if self._schedules_sessions:
                self._plan(number, session, planned_at)
            self._update(
                "session",
                number=number,
                held_on=self._diary.now.date().isoformat(),
                kind=session.kind.value,
                attendance=session.attendance,
            )
            planned_at = self._diary.now

    def _plan(self, number: int, session: PlannedSession, planned_at: datetime) -> None:
        expected = [entry["person"] for entry in session.attendance]
        fields = {"number": number, "scheduled_for": _written(self._diary.now), "kind": session.kind.value}
        self._update_at(planned_at, "session-scheduled", **fields, expected=expected)

    def _close(self, reason: ClosureReason, starters: Sequence[Parent]) -> None:
        completed = reason is ClosureReason.COMPLETED
        people = [(parent.person_id, False) for parent in starters]
        people += [(child, True) for child in self._children] if starters else []
        views = [view(self._rng, person, completed=completed, child=child) for person, child in people]
        measured = [entry for entry in people if self._happens(CLOSING_MEASURE[completed])]
        measures = [
            self._scores.closure(person, FOR_CHILDREN if child else FOR_PARENTS, completed=completed)
            for person, child in measured
        ]
        self._update("case-closed", reason=reason.value, views=views, measures=measures)

    def _follow_up(self, completers: Sequence[Parent]) -> None:
        after_6 = [parent for parent in completers if self._happens(ANSWERS_AFTER_6_MONTHS)]
        after_12 = [parent for parent in after_6 if self._happens(ANSWERS_AFTER_12_MONTHS)]
        for occasion, days, parents in (
            (Occasion.FOLLOW_UP_6_MONTHS, 183, after_6),
            (Occasion.FOLLOW_UP_12_MONTHS, 365 - 183, after_12),
        ):
            self._diary.days_later(days, days + 7)
            for parent in parents:
                measure = self._scores.follow_up(parent.person_id, FOR_PARENTS, occasion)
                self._update("measure", measure=measure)

    def _happens(self, share: float) -> bool:
        return self._rng.random() < share

    def _update(self, update: str, **fields: Any) -> None:
        self._update_at(self._diary.now, update, **fields)
        self._diary.soon_after()

    def _update_at(self, at: datetime, update: str, **fields: Any) -> None:
        number = len(self.updates)
        self.updates.append(
            {
                "update": update,
                "update_id": str(uuid5(self._offer.referral_id, f"{number}-{update}")),
                "case_id": str(self._offer.case_id),
                "occurred_at": _written(at),
            }
            | fields
        )


def _written(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
