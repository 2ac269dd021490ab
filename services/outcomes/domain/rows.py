"""Events as rows. Each row is keyed by what it is about and never changes, so order and repetition cannot matter.

Never a name, a contact, a family reference or anybody's words: what is not copied here cannot leave from here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.outcomes.domain.kept import READERS, Kept
from shared.contracts import referral as case
from shared.contracts.base import Event
from shared.contracts.population import CHARACTERISTICS
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack

Row = tuple[str, tuple[Any, ...]]
"""A table's name and the row's values, in the order of `COLUMNS`."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "screening": (
        *("case_id", "submission_id", "supersedes", "agency", "area", "source", "level_of_need", "relationship"),
        *("decision", "reasons", "service", "submitted_at", "decided_at", "practitioner_id", "stands", "revision"),
    ),
    "screening_taken_back": ("case_id", "submission_id", "stands", "revision"),
    "screened_parent": ("case_id", "submission_id", "person_id", "role", "agrees", *CHARACTERISTICS),
    "screened_child": ("case_id", "submission_id", "person_id", "takes_part", "views_source"),
    "referral": (
        *("case_id", "referral_id", "sequence", "area", "provider", "service", "agreed_by", "agreed_at", "children"),
        "submission_id",
        "offer",
    ),
    "referred_parent": ("case_id", "referral_id", "person_id", "role"),
    "case_step": ("case_id", "step", "sequence", "occurred_at", "referral_id", "outcome", "people"),
    "session": ("case_id", "sequence", "referral_id", "number", "held_on", "kind", "taken_back"),
    "attendance": ("case_id", "sequence", "person_id", "attended"),
    "planned_session": (
        *("case_id", "sequence", "referral_id", "number", "planned_at", "scheduled_for", "kind", "moved", "taken_back"),
    ),
    "referred_again": ("case_id", "sequence", "occurred_at", "previous_case_id", "months", "same_reason"),
    "measure": (
        *("case_id", "person_id", "instrument", "version", "occasion", "told_by", "sequence", "taken_at", "score"),
    ),
    "view_given": ("case_id", "sequence", "person_id", "change"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says about its case, as rows."""

    case_id: UUID
    rows: list[Row]


def said(event: type[Event], kept: Kept) -> Said:
    """What an event of this kind says. Raises KeyError for an event that outcomes has no reading of."""
    return Said(kept["case_id"], _READINGS[event](kept))


def _screening(e: Kept) -> list[Row]:
    of, submission = e["case_id"], e["submission_id"]
    whole = (
        *(of, submission, e["supersedes"], e["agency"], e["area"], e["source"], e["level_of_need"], e["relationship"]),
        *(e["decision"], e["reasons"], e["service"], e["submitted_at"], e["occurred_at"]),
        *(e["practitioner"]["practitioner_id"], e.get("stands", True), e.get("revision", 0)),
    )
    return [
        ("screening", whole),
        *(
            ("screened_parent", (of, submission, p["person_id"], p["role"], p["agrees_to_referral"], *_reached(p)))
            for p in e["parents"]
        ),
        *(
            ("screened_child", (of, submission, c["person_id"], c["takes_part"], c["views_source"]))
            for c in e["children"]
        ),
        *(_score(of, measure, submission, 0, e["submitted_at"]) for measure in e["measures"]),
    ]


def _taken_back(e: Kept) -> list[Row]:
    return [("screening_taken_back", (e["case_id"], e["submission_id"], e["stands"], e["revision"]))]


def _reached(parent: Kept) -> Iterator[str]:
    return (parent[characteristic] for characteristic in CHARACTERISTICS)


def _agreed(e: Kept) -> list[Row]:
    of, referral_id = e["case_id"], e["referral_id"]
    whole = (
        *(of, referral_id, e["sequence"], e["area"], e["provider"], e["service"], e["agreed_by"], e["occurred_at"]),
        *(len(e["children"]), e.get("submission_id"), e["offer"]),
    )
    return [
        ("referral", whole),
        *(("referred_parent", (of, referral_id, parent["person_id"], parent["role"])) for parent in e["parents"]),
    ]


def _step(step: str, outcome: str = "", people: Callable[[Kept], Any] | None = None) -> Callable[[Kept], list[Row]]:
    """A step of the case. `outcome` names the field that holds the event's own code for how it turned out."""

    def rows(e: Kept) -> list[Row]:
        named = people(e) if people else ()
        told = e[outcome] if outcome else None
        return [
            (
                "case_step",
                (e["case_id"], step, e["sequence"], e["occurred_at"], e.get("referral_id"), told, named),
            )
        ]

    return rows


def _session(e: Kept) -> list[Row]:
    of, sequence = e["case_id"], e["sequence"]
    told = (e["number"], e["held_on"], e["kind"], e.get("taken_back", False))
    return [
        ("session", (of, sequence, e["referral_id"], *told)),
        *(("attendance", (of, sequence, person["person_id"], person["attended"])) for person in e["attendance"]),
    ]


def _measure(e: Kept) -> list[Row]:
    return [_score(e["case_id"], e, e["referral_id"], e["sequence"], e["occurred_at"])]


def _score(of: UUID, m: Kept, told_by: UUID, sequence: int, taken_at: Any) -> Row:
    """`told_by` is the submission or the referral that it came with."""
    values = (
        *(of, m["person_id"], m["instrument"], m["version"], m["occasion"], told_by, sequence, taken_at, m["score"]),
    )
    return "measure", values


_closed_step = _step("closed", "reason")


def _scheduled(e: Kept) -> list[Row]:
    planned = (e["occurred_at"], e["scheduled_for"], e["kind"], e["moved"], e.get("taken_back", False))
    return [("planned_session", (e["case_id"], e["sequence"], e["referral_id"], e["number"], *planned))]


def _referred_again(e: Kept) -> list[Row]:
    told = (e["occurred_at"], e["previous_case_id"], e["months"], e["same_reason"])
    return [("referred_again", (e["case_id"], e["sequence"], *told))]


def _closed(e: Kept) -> list[Row]:
    views = (("view_given", (e["case_id"], e["sequence"], view["person_id"], view["change"])) for view in e["views"])
    return [*_closed_step(e), *views]


_READINGS: Mapping[type[Event], Callable[[Kept], list[Row]]] = {
    ScreeningCompleted: _screening,
    ScreeningTakenBack: _taken_back,
    case.ReferralAgreed: _agreed,
    case.ProviderAccepted: _step("accepted"),
    case.ProviderDeclined: _step("declined", "reason"),
    case.ParentContacted: _step("contacted", "outcome", lambda e: (e["person_id"],)),
    case.ProviderAssessed: _step("assessed", "outcome", lambda e: e["parents_seen"]),
    case.ParentAssessed: _step("parent-assessed", "outcome", lambda e: (e["person_id"],)),
    case.SessionScheduled: _scheduled,
    case.SessionRecorded: _session,
    case.MeasureRecorded: _measure,
    case.ConcernRaised: _step("concern", "code"),
    case.FollowUpDue: _step("asked", "occasion", lambda e: (e["person_id"],)),
    case.CaseReopened: _step("reopened", "reason"),
    case.CaseReturned: _step("returned"),
    case.CaseRefused: _step("refused", "reason"),
    case.CaseTakenToPanel: _step("taken-to-panel"),
    case.CaseHeld: _step("held"),
    case.CaseResumed: _step("resumed"),
    case.CaseHalted: _step("halted", "raised_by"),
    case.CaseJoined: _step("joined"),
    case.FamilyReferredAgain: _referred_again,
    case.CaseClosed: _closed,
}
CASE_EVENTS: tuple[type[Event], ...] = tuple(event for event in READERS if event is not ScreeningCompleted)
"""Every event of a case that outcomes reads beside its screenings."""
