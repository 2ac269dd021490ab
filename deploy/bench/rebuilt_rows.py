"""The rows that a rebuild of the bench's own history leaves, made by hand: for measuring what they cost at the least.

Only the kinds of event that this history has. Deployment knows services as processes alone, so nothing of outcomes' own
is used here, and a test compares the rows that outcomes makes with these, one by one.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from shared.contracts import referral
from shared.contracts.base import CaseEvent
from shared.contracts.screening import ScreeningCompleted

Row = tuple[str, tuple[Any, ...]]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "screening": (
        *("case_id", "submission_id", "supersedes", "agency", "area", "source", "level_of_need", "relationship"),
        *("decision", "reasons", "service", "submitted_at", "stands", "revision", "decided_at", "practitioner_id"),
    ),
    "screened_parent": (
        *("case_id", "submission_id", "person_id", "role"),
        *("sex", "ethnicity", "first_language", "disability", "employment", "agrees"),
    ),
    "screened_child": ("case_id", "submission_id", "person_id", "takes_part", "views_source"),
    "referral": (
        *("case_id", "referral_id", "sequence", "area", "provider", "service", "agreed_by"),
        *("submission_id", "offer", "agreed_at", "children"),
    ),
    "referred_parent": ("case_id", "referral_id", "person_id", "role"),
    "case_step": ("case_id", "sequence", "occurred_at", "referral_id", "step", "outcome", "people"),
    "session": ("case_id", "sequence", "referral_id", "number", "held_on", "kind", "taken_back", "recorded_on"),
    "attendance": ("case_id", "sequence", "person_id", "attended"),
}


def _screening(e: Any) -> Iterator[Row]:
    of, submission = e.case_id, e.submission_id
    whole = (
        *(of, submission, e.supersedes, e.agency, e.area, e.source, e.level_of_need, e.relationship),
        *(e.decision, e.reasons, e.service, e.submitted_at, e.stands, e.revision),
        *(e.occurred_at, e.practitioner.practitioner_id),
    )
    yield "screening", whole
    for parent in e.parents:
        codes = (parent.sex, parent.ethnicity, parent.first_language, parent.disability, parent.employment)
        yield "screened_parent", (of, submission, parent.person_id, parent.role, *codes, parent.agrees_to_referral)
    for child in e.children:
        yield "screened_child", (of, submission, child.person_id, child.takes_part, child.views_source)


def _agreed(e: Any) -> Iterator[Row]:
    whole = (
        *(e.case_id, e.referral_id, e.sequence, e.area, e.provider, e.service, e.agreed_by),
        *(e.submission_id, e.offer, e.occurred_at, len(e.children)),
    )
    yield "referral", whole
    for parent in e.parents:
        yield "referred_parent", (e.case_id, e.referral_id, parent.person_id, parent.role)


def _session(e: Any) -> Iterator[Row]:
    day = e.occurred_at.date()
    yield "session", (e.case_id, e.sequence, e.referral_id, e.number, e.held_on, e.kind, e.taken_back, day)
    for person in e.attendance:
        yield "attendance", (e.case_id, e.sequence, person.person_id, person.attended)


def _step(step: str, outcome: str = "", people: str = "") -> Callable[[Any], Iterator[Row]]:
    def rows(e: Any) -> Iterator[Row]:
        how, who = getattr(e, outcome) if outcome else None, getattr(e, people) if people else ()
        yield "case_step", (e.case_id, e.sequence, e.occurred_at, e.referral_id, step, how, who)

    return rows


_ROWS: Mapping[type[CaseEvent], Callable[[Any], Iterator[Row]]] = {
    ScreeningCompleted: _screening,
    referral.ReferralAgreed: _agreed,
    referral.ProviderAccepted: _step("accepted"),
    referral.ProviderAssessed: _step("assessed", "outcome", "parents_seen"),
    referral.SessionRecorded: _session,
    referral.CaseClosed: _step("closed", "reason"),
}
CONTRACTS: Mapping[str, type[CaseEvent]] = {event.topic or "": event for event in _ROWS}
"""The contract of each topic of the history."""


def rows_of(event: CaseEvent) -> Iterator[Row]:
    """The rows of one event. Raises KeyError for a kind that the history does not have."""
    return _ROWS[type(event)](event)
