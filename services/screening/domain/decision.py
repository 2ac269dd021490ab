"""Distinguishes parental conflict from domestic abuse, and decides whether a referral is safe.

Source: the Hampshire referral page, "Making a safer referral" and "Who does well"; the 2024 good practice guide.
It must never happen that an unknown is read as a no.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from types import MappingProxyType

from services.screening.domain.people import describe_parent, may_be_one
from shared.contracts.directory import default_of
from shared.contracts.front_door import Conversation, Parent, Submission, age_on, day_of
from shared.contracts.vocabulary import (
    UNSAFE_OTHER_PARENT,
    AbuseIndicator,
    Answer,
    Decision,
    IdentifierKind,
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


class UnrankedReasonError(Exception):
    """A reason has no decision. A family would be referred with it, so nothing is decided until it has one."""


def check_ranked(reasons: Iterable[str], table: Mapping[Reason, Decision]) -> None:
    """Raises UnrankedReasonError, naming each reason that the table gives no decision, or that of a referral."""
    unranked = [str(reason) for reason in reasons if table.get(reason, Decision.REFER) is Decision.REFER]  # type: ignore[call-overload]
    if unranked:
        raise UnrankedReasonError(f"these reasons have no row in the decision's table: {', '.join(sorted(unranked))}")


def decision_of(reasons: Collection[Reason], table: Mapping[Reason, Decision] = DECISION_OF) -> Decision:
    """The decision of the first row with one of the reasons; a referral only where there is none.

    Raises UnrankedReasonError for a reason without a row.
    """
    check_ranked(reasons, table)
    return next((table[reason] for reason in table if reason in reasons), Decision.REFER)


check_ranked(Reason, DECISION_OF)


@dataclass(frozen=True)
class AreaRules:
    """What an area sets for itself, or the directory's defaults. Days and whole years."""

    screening_valid_days: int = default_of("screening_valid_days")
    young_child_age: int = default_of("young_child_age")
    minimum_parent_age: int = default_of("minimum_parent_age")


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
    return Screening(decision_of(found), tuple(sorted(found)))


def _abuse(submission: Submission) -> Iterator[Reason]:
    if submission.other_parent in UNSAFE_OTHER_PARENT:
        yield Reason.ABUSE_INDICATOR_DISCLOSED
    for parent in submission.parents:
        if parent.conversation and any(
            parent.conversation.answers.get(indicator) is Answer.YES for indicator in AbuseIndicator
        ):
            yield Reason.ABUSE_INDICATOR_DISCLOSED


def _incomplete(submission: Submission, rules: AreaRules) -> Iterator[Reason]:
    if len(submission.parents) < 2 and submission.other_parent is None:
        yield Reason.SECOND_PARENT_MISSING
    if not submission.children:
        yield Reason.NO_CHILD_NAMED
    day = day_of(submission.submitted_at)
    if any(age_on(parent.date_of_birth, day) < rules.minimum_parent_age for parent in submission.parents):
        yield Reason.PARENT_UNDER_AGE
    if any(_is_one_person(one, other) for one, other in combinations(submission.parents, 2)):
        yield Reason.SAME_PERSON_TWICE
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


def _is_one_person(one: Parent, other: Parent) -> bool:
    """Whether two refs mean one human being: one person's consent is not both parents'."""
    if _nhs_numbers(one) & _nhs_numbers(other):
        return True
    if one.twin or other.twin:
        return False
    left, right = (
        describe_parent(each.ref, each.name.given, each.name.family, each.date_of_birth) for each in (one, other)
    )
    return may_be_one(left, right)


def _nhs_numbers(parent: Parent) -> set[str]:
    return {each.compact() for each in parent.identifiers if each.kind is IdentifierKind.NHS_NUMBER}


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
