"""Cases as their events, for the outcomes service's tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from shared.contracts import referral
from shared.contracts.base import CaseEvent, Sealed
from shared.contracts.screening import (
    MeasureTaken,
    PractitionerRef,
    ScreenedChild,
    ScreenedParent,
    ScreeningCompleted,
    ScreeningTakenBack,
)

AREA, AGENCY, FAMILY = "E10000014", "hants-schools", "hants-schools-F1"
START = datetime(2025, 4, 1, 9, 30, tzinfo=UTC)
SECRET_WORDS = "we talk at the school gate now"
_OF_PARENTS = {
    "sex": "female",
    "ethnicity": "white",
    "first_language": "en",
    "disability": "no",
    "employment": "working",
}


class Story:
    """One case. Each method adds the event that it is named after; `pass_days` moves time on.

    `of_parents` is what both parents stated of themselves, by characteristic.
    """

    def __init__(
        self, roles: Sequence[str] = ("mother", "father"), children: int = 1, area: str = AREA, **of_parents: str
    ) -> None:
        self.case_id = uuid4()
        self.area = area
        self.of_parents = of_parents
        self.roles = tuple(roles)
        self.parents = [uuid4() for _ in self.roles]
        self.children = [uuid4() for _ in range(children)]
        self.events: list[CaseEvent] = []
        self.now = START
        self.sequence = 0
        self.submission: UUID | None = None
        self.referral: dict[str, Any] = {}
        self.worker = uuid4()

    def pass_days(self, days: float) -> "Story":
        self.now += timedelta(days=days)
        return self

    def screened(self, decision: str = "refer", *, corrects: bool = False, **changes: Any) -> "Story":
        supersedes, self.submission = (self.submission if corrects else None), uuid4()
        fields: dict[str, Any] = {
            "case_id": self.case_id,
            "occurred_at": self.now,
            "submission_id": self.submission,
            "supersedes": supersedes,
            "agency": AGENCY,
            "area": self.area,
            "source": "school",
            "family_ref": FAMILY,
            "submitted_at": self.now,
            "practitioner": self._practitioner(),
            "level_of_need": "targeted",
            "relationship": "separated",
            "prefers_without_children": False,
            "decision": decision,
            "reasons": () if decision == "refer" else ("universal-offer-first",),
            "service": "mediation" if decision == "refer" else None,
            "eligible_services": (),
            "requested_service": None,
            "parents": tuple(self._parent(at) for at in range(len(self.parents))),
            "children": tuple(
                ScreenedChild(person_id=child, ref=f"C{at}", age=7, takes_part=False, views_source="direct")
                for at, child in enumerate(self.children)
            ),
            "measures": (),
        }
        self.events.append(ScreeningCompleted(**{**fields, **changes}))
        return self

    def measured_before(self, person: UUID, score: float, instrument: str = "relationship-quality") -> tuple[Any, ...]:
        return (MeasureTaken(person_id=person, instrument=instrument, version="1", occasion="baseline", score=score),)

    def agreed(self, provider: str = "common-ground", service: str = "mediation") -> "Story":
        self.referral = {"referral_id": uuid4(), "provider": provider, "service": service}
        return self._happens(
            referral.ReferralAgreed,
            offer="common-ground-mediation",
            agreed_by="area-setting",
            legal_basis="public-task",
            practitioner=self._practitioner(),
            parents=tuple(
                referral.AgreedParent(person_id=who, ref=f"P{at}", role=role, first_language="en", wrap_around=None)
                for at, (who, role) in enumerate(zip(self.parents, self.roles, strict=True))
            ),
            children=tuple(referral.AgreedChild(person_id=who, age=7, takes_part=False) for who in self.children),
            **self.referral,
        )

    def accepted(self) -> "Story":
        return self._happens(referral.ProviderAccepted, **self.referral)

    def declined(self, reason: str = "no-capacity") -> "Story":
        return self._happens(referral.ProviderDeclined, reason=reason, **self.referral)

    def contacted(self, outcome: str = "reached") -> "Story":
        return self._happens(
            referral.ParentContacted, person_id=self.parents[0], method="phone", outcome=outcome, **self.referral
        )

    def assessed(self, outcome: str = "suitable") -> "Story":
        return self._happens(
            referral.ProviderAssessed, outcome=outcome, parents_seen=tuple(self.parents), **self.referral
        )

    def parent_assessed(self, person: int = 0, outcome: str = "suitable") -> "Story":
        return self._happens(referral.ParentAssessed, person_id=self.parents[person], outcome=outcome, **self.referral)

    def scheduled(self, number: int, in_days: int = 7, moved: int = 0) -> "Story":
        return self._happens(
            referral.SessionScheduled,
            number=number,
            scheduled_for=self.now + timedelta(days=in_days),
            kind="joint",
            moved=moved,
            **self.referral,
        )

    def concern(self, code: str = "housing") -> "Story":
        return self._happens(referral.ConcernRaised, code=code, **self.referral)

    def asked(self, occasion: str = "follow-up-6-months", person: int = 0) -> "Story":
        return self._happens(referral.FollowUpDue, person_id=self.parents[person], occasion=occasion, **self.referral)

    def reopened(self, reason: str = "family-came-back") -> "Story":
        """The case goes on, with a referral that follows the one before."""
        before = {key: self.referral[key] for key in ("provider", "service")}
        self._happens(referral.CaseReopened, referral_id=(after := uuid4()), reason=reason, **before)
        self.agreed(**before)
        self.events[-1] = self.events[-1].model_copy(update={"referral_id": after})
        self.referral["referral_id"] = after
        return self.accepted()

    def again(self, previous: UUID, months: int = 6, *, same_reason: bool = True) -> "Story":
        return self._happens(
            referral.FamilyReferredAgain, previous_case_id=previous, months=months, same_reason=same_reason
        )

    def session(self, number: int, came: Sequence[str], kind: str = "joint") -> "Story":
        """`came`: yes, late or no for each parent in turn, then for each child."""
        people = [*self.parents, *self.children]
        return self._happens(
            referral.SessionRecorded,
            number=number,
            held_on=self.now.date(),
            kind=kind,
            attendance=tuple(
                referral.SessionAttendance(person_id=who, attended=how) for who, how in zip(people, came, strict=False)
            ),
            **self.referral,
        )

    def measured(
        self, occasion: str, person: int = 0, score: float = 20.0, instrument: str = "relationship-quality"
    ) -> "Story":
        return self._happens(
            referral.MeasureRecorded,
            person_id=self.parents[person],
            instrument=instrument,
            version="1",
            occasion=occasion,
            score=score,
            **self.referral,
        )

    def returned(self) -> "Story":
        return self._happens(referral.CaseReturned, missing=("tool",), practitioner=self._practitioner())

    def refused(self) -> "Story":
        return self._happens(referral.CaseRefused, reason="other-support", practitioner=self._practitioner())

    def to_panel(self) -> "Story":
        return self._happens(referral.CaseTakenToPanel)

    def held(self) -> "Story":
        return self._happens(referral.CaseHeld, referral_id=None, provider=None)

    def resumed(self) -> "Story":
        return self._happens(referral.CaseResumed, referral_id=None, provider=None)

    def joined(self) -> "Story":
        return self._happens(referral.CaseJoined, joined_to=uuid4(), referral_id=None, stopped_provider=None)

    def taken_back(self, submission: UUID | None, stands: UUID | None, revision: int) -> "Story":
        """A screening was filed in error: none of its fields are counted, and `stands` is the one that is in force."""
        self.events.append(
            ScreeningTakenBack(
                case_id=self.case_id,
                occurred_at=self.now,
                agency=AGENCY,
                area=self.area,
                family_ref=FAMILY,
                submission_id=submission,
                because="filed-in-error",
                stands=stands,
                revision=revision,
            )
        )
        return self

    def halted(self) -> "Story":
        return self._happens(
            referral.CaseHalted,
            referral_id=self.referral.get("referral_id"),
            stopped_provider=self.referral.get("provider"),
            raised_by="provider",
        )

    def closed(self, reason: str = "completed", change: str = "better") -> "Story":
        views = tuple(
            referral.ViewGiven(person_id=who, change=change, words=Sealed(subject=who, field="words", box=SECRET_WORDS))
            for who in self.parents
        )
        of_referral = {"referral_id": None, "provider": None, "service": None, **self.referral}
        return self._happens(referral.CaseClosed, reason=reason, stopped_provider=None, views=views, **of_referral)

    def _happens(self, event: type[referral.SequencedEvent], **fields: Any) -> "Story":
        self.sequence += 1
        common = {"case_id": self.case_id, "occurred_at": self.now, "sequence": self.sequence}
        self.events.append(event(**common, area=self.area, agency=AGENCY, family_ref=FAMILY, **fields))
        return self

    def _parent(self, at: int) -> ScreenedParent:
        return ScreenedParent(
            person_id=self.parents[at],
            ref=f"P{at}",
            role=self.roles[at],
            parental_responsibility=True,
            agrees_to_referral=True,
            privacy_notice_on=None,
            wrap_around=None,
            **(_OF_PARENTS | self.of_parents),
        )

    def _practitioner(self) -> PractitionerRef:
        sealed = Sealed(subject=self.worker, field="practitioner", box="sealed")
        return PractitionerRef(practitioner_id=self.worker, role="teacher", sealed=sealed)


def every_kind_of_event() -> list[CaseEvent]:
    """One case that has all that outcomes reads of one, every list in it with something in it. No case goes so."""
    story = Story()
    story.screened(measures=story.measured_before(story.parents[0], 20.0)).returned().refused().to_panel().agreed()
    story.declined().accepted().contacted().parent_assessed().assessed().scheduled(1).session(1, ("yes", "no", "late"))
    story.measured("closure").concern().held().resumed().closed().asked().again(uuid4()).reopened().halted().joined()
    return story.taken_back(story.submission, None, 1).events
