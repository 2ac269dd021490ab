"""What outcomes keeps of each event: which fields, in which columns of which tables.

Never a name, a contact, a family reference or anybody's words: what is not copied here cannot leave from here. A row is
keyed by what it is about and never changes, so order and repetition cannot matter.
"""

from collections.abc import Mapping

from services.outcomes.domain.rows import Constant, Count, DayOf, ListOf, Reading, Rows, Source, columns_of, same
from shared.contracts import referral as case
from shared.contracts.base import CaseEvent
from shared.contracts.population import CHARACTERISTICS
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack

_SCORE = ("person_id", "instrument", "version", "occasion", "score")


_NOTHING, _NOBODY = Constant(None), Constant(())
# Where no other column of the row says on which day its event happened: by it, the star is known as on any day.
_RECORDED_ON: dict[str, Source] = {"recorded_on": DayOf("occurred_at")}


def _step(step: str, outcome: Source = _NOTHING, people: Source = _NOBODY, *, referred: bool = True) -> Rows:
    """A step of the case. `outcome` is the event's own code for how it turned out: a reason, a finding, a role."""
    columns: dict[str, Source] = {
        **same("case_id", "sequence", "occurred_at"),
        "referral_id": "referral_id" if referred else _NOTHING,
        "step": Constant(step),
        "outcome": outcome,
        "people": people,
    }
    return Rows("case_step", columns)


_ROWS: Mapping[type[CaseEvent], tuple[Rows, ...]] = {
    ScreeningCompleted: (
        Rows(
            "screening",
            {
                **same("case_id", "submission_id", "supersedes", "agency", "area", "source", "level_of_need"),
                **same("relationship", "decision", "reasons", "service", "submitted_at", "stands", "revision"),
                "decided_at": "occurred_at",
                "practitioner_id": "practitioner.practitioner_id",
            },
        ),
        Rows(
            "screened_parent",
            same("case_id", "submission_id"),
            each="parents",
            of_each=same("person_id", "role", *CHARACTERISTICS) | {"agrees": "agrees_to_referral"},
        ),
        Rows(
            "screened_child",
            same("case_id", "submission_id"),
            each="children",
            of_each=same("person_id", "takes_part", "views_source"),
        ),
        Rows(
            "measure",
            {**same("case_id"), "told_by": "submission_id", "sequence": Constant(0), "taken_at": "submitted_at"},
            each="measures",
            of_each=same(*_SCORE),
        ),
    ),
    ScreeningTakenBack: (
        Rows("screening_taken_back", same("case_id", "submission_id", "stands", "revision") | _RECORDED_ON),
    ),
    case.ReferralAgreed: (
        Rows(
            "referral",
            {
                **same("case_id", "referral_id", "sequence", "area", "provider", "service", "agreed_by"),
                **same("submission_id", "offer"),
                "agreed_at": "occurred_at",
                "children": Count("children.person_id"),
            },
        ),
        Rows("referred_parent", same("case_id", "referral_id"), each="parents", of_each=same("person_id", "role")),
    ),
    case.ProviderAccepted: (_step("accepted"),),
    case.ProviderDeclined: (_step("declined", "reason"),),
    case.ParentContacted: (_step("contacted", "outcome", ListOf("person_id")),),
    case.ProviderAssessed: (_step("assessed", "outcome", "parents_seen"),),
    case.ParentAssessed: (_step("parent-assessed", "outcome", ListOf("person_id")),),
    case.SessionScheduled: (
        Rows(
            "planned_session",
            {
                **same("case_id", "sequence", "referral_id", "number", "scheduled_for", "kind", "moved", "taken_back"),
                "planned_at": "occurred_at",
            },
        ),
    ),
    case.SessionRecorded: (
        Rows(
            "session",
            same("case_id", "sequence", "referral_id", "number", "held_on", "kind", "taken_back") | _RECORDED_ON,
        ),
        Rows("attendance", same("case_id", "sequence"), each="attendance", of_each=same("person_id", "attended")),
    ),
    case.MeasureRecorded: (
        Rows("measure", same("case_id", "sequence", *_SCORE) | {"told_by": "referral_id", "taken_at": "occurred_at"}),
    ),
    case.ConcernRaised: (_step("concern", "code"),),
    case.FollowUpDue: (_step("asked", "occasion", ListOf("person_id")),),
    case.CaseReopened: (_step("reopened", "reason"),),
    case.CaseReturned: (_step("returned", referred=False),),
    case.CaseRefused: (_step("refused", "reason", referred=False),),
    case.CaseTakenToPanel: (_step("taken-to-panel", referred=False),),
    case.CaseHeld: (_step("held"),),
    case.CaseResumed: (_step("resumed"),),
    case.CaseHalted: (_step("halted", "raised_by"),),
    case.CaseJoined: (_step("joined"),),
    case.FamilyReferredAgain: (
        Rows("referred_again", same("case_id", "sequence", "occurred_at", "previous_case_id", "months", "same_reason")),
    ),
    case.CaseClosed: (
        _step("closed", "reason"),
        Rows("view_given", same("case_id", "sequence"), each="views", of_each=same("person_id", "change")),
    ),
}

COLUMNS: Mapping[str, tuple[str, ...]] = columns_of(each for rows in _ROWS.values() for each in rows)
"""The columns of every table that events of cases are kept in, in the order of a row's values."""
READINGS: Mapping[type[CaseEvent], Reading] = {event: Reading(event, rows, COLUMNS) for event, rows in _ROWS.items()}
CASE_EVENTS: tuple[type[CaseEvent], ...] = tuple(event for event in READINGS if event is not ScreeningCompleted)
"""Every event of a case that outcomes reads beside its screenings."""
