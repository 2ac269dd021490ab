"""Tells parental conflict from domestic abuse, and says whether a referral is safe.

Source: the Hampshire referral page, "Making a safer referral" and "Who does well"; the 2024 good practice guide.
It must never happen that an unknown is read as a no.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from shared.contracts.front_door import Conversation, Submission
from shared.contracts.vocabulary import (
    AbuseIndicator,
    Answer,
    Decision,
    LevelOfNeed,
    Reason,
    Therapy,
    Tool,
    UniversalOffer,
)

# The decision is that of the first row with a reason: safety before completeness, completeness before readiness.
DECISION_OF: Mapping[Reason, Decision] = MappingProxyType(
    {
        Reason.ABUSE_INDICATOR_DISCLOSED: Decision.DOMESTIC_ABUSE_PATHWAY,
        Reason.SECOND_PARENT_MISSING: Decision.MORE_INFORMATION,
        Reason.PARENT_NOT_SCREENED: Decision.MORE_INFORMATION,
        Reason.PARENT_NOT_SEEN_ALONE: Decision.MORE_INFORMATION,
        Reason.TOOL_NOT_EVIDENCE_BASED: Decision.MORE_INFORMATION,
        Reason.INDICATOR_UNANSWERED: Decision.MORE_INFORMATION,
        Reason.SCREENING_OUT_OF_DATE: Decision.MORE_INFORMATION,
        Reason.NO_CHILD_NAMED: Decision.MORE_INFORMATION,
        Reason.PARENT_UNDER_AGE: Decision.MORE_INFORMATION,
        Reason.SAME_PERSON_TWICE: Decision.MORE_INFORMATION,
        Reason.IN_CRISIS: Decision.NOT_SUITABLE,
        Reason.THERAPY_ELSEWHERE: Decision.NOT_SUITABLE,
        Reason.PUBLIC_LAW_PROCEEDINGS: Decision.NOT_SUITABLE,
        Reason.PARENT_DOES_NOT_AGREE: Decision.NOT_READY,
        Reason.PRIVACY_NOTICE_MISSING: Decision.NOT_READY,
        Reason.NO_WISH_FOR_CHANGE: Decision.NOT_READY,
        Reason.CHILDS_PERSPECTIVE_MISSING: Decision.NOT_READY,
        Reason.USED_AS_EXIT_STRATEGY: Decision.NOT_READY,
        Reason.NO_WRAP_AROUND: Decision.NOT_READY,
        Reason.UNIVERSAL_OFFER_FIRST: Decision.UNIVERSAL_OFFER,
    }
)


@dataclass(frozen=True)
class AreaRules:
    """What an area sets for itself. Days and whole years."""

    screening_valid_days: int = 90
    young_child_age: int = 8


@dataclass(frozen=True)
class Screening:
    """A decision with every reason that applies, sorted by code."""

    decision: Decision
    reasons: tuple[Reason, ...]


def decide_screening(submission: Submission, rules: AreaRules) -> Screening:
    """Decides one submission. All reasons that apply are listed; the first row with one decides; none means refer."""
    found = {
        *_abuse(submission),
        *_incomplete(submission, rules),
        *_unsuitable(submission),
        *_unready(submission),
        *_universal_first(submission),
    }
    decision = next((DECISION_OF[reason] for reason in DECISION_OF if reason in found), Decision.REFER)
    return Screening(decision, tuple(sorted(found)))


def _abuse(submission: Submission) -> Iterator[Reason]:
    for parent in submission.parents:
        if parent.conversation and any(
            parent.conversation.answers.get(indicator) is Answer.YES for indicator in AbuseIndicator
        ):
            yield Reason.ABUSE_INDICATOR_DISCLOSED


def _incomplete(submission: Submission, rules: AreaRules) -> Iterator[Reason]:
    if len(submission.parents) < 2:
        yield Reason.SECOND_PARENT_MISSING
    oldest = submission.submitted_at.date() - timedelta(days=rules.screening_valid_days)
    for parent in submission.parents:
        conversation = parent.conversation
        if conversation is None:
            yield Reason.PARENT_NOT_SCREENED
            continue
        if not conversation.alone:
            yield Reason.PARENT_NOT_SEEN_ALONE
        if conversation.tool is Tool.NONE:
            yield Reason.TOOL_NOT_EVIDENCE_BASED
        if _has_unanswered(conversation):
            yield Reason.INDICATOR_UNANSWERED
        if conversation.held_on < oldest:
            yield Reason.SCREENING_OUT_OF_DATE


def _has_unanswered(conversation: Conversation) -> bool:
    answered = (Answer.YES, Answer.NO)
    return any(conversation.answers.get(indicator) not in answered for indicator in AbuseIndicator)


def _unsuitable(submission: Submission) -> Iterator[Reason]:
    for parent in submission.parents:
        if parent.in_crisis:
            yield Reason.IN_CRISIS
        if parent.therapy is not Therapy.NONE:
            yield Reason.THERAPY_ELSEWHERE
    if submission.public_law_proceedings:
        yield Reason.PUBLIC_LAW_PROCEEDINGS


def _unready(submission: Submission) -> Iterator[Reason]:
    supported = {entry.parent_ref for entry in submission.wrap_around}
    for parent in submission.parents:
        if not parent.agrees_to_referral:
            yield Reason.PARENT_DOES_NOT_AGREE
        if parent.privacy_notice_on is None:
            yield Reason.PRIVACY_NOTICE_MISSING
        if not parent.wants_change:
            yield Reason.NO_WISH_FOR_CHANGE
        if not parent.sees_childs_perspective:
            yield Reason.CHILDS_PERSPECTIVE_MISSING
        if parent.ref not in supported:
            yield Reason.NO_WRAP_AROUND
    if submission.used_as_exit_strategy:
        yield Reason.USED_AS_EXIT_STRATEGY


def _universal_first(submission: Submission) -> Iterator[Reason]:
    if submission.universal_offer is UniversalOffer.NOT_OFFERED or submission.level_of_need is LevelOfNeed.UNIVERSAL:
        yield Reason.UNIVERSAL_OFFER_FIRST
