"""The reasons that a change of a case may have: lists of codes, never free text."""

from typing import get_args

from services.referral.domain.case.states import Trigger, WaitingReason
from shared.contracts.base import Record
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.provider import CaseReopened, Concern, ReferralDeclined
from shared.contracts.vocabulary import AssessmentOutcome, ClosureReason, Decision, Occasion, Reason

_DECISIONS = frozenset(str(each) for each in Decision)
_SCREENING_REASONS = frozenset(str(each) for each in Reason)

SIGN_ELSEWHERE = "sign-in-another-case-of-the-family"
"""Why a case halts that the sign was not found in: both concern the same parents."""

RISK_ITEM = "instrument-risk-item"
"""An instrument's risk item was answered so that it signals harm."""

SET_ASIDE = "sign-in-a-record-set-aside"
"""The sign is in a record that could not be used otherwise."""

OTHER_REASON = "other-reason"
"""A screening's reason that this service is too old to know. The case keeps it; the history has a closed list."""

MISSING = (_SCREENING_REASONS - {Reason.ABUSE_INDICATOR_DISCLOSED}) | {
    "tool",
    "childs-views",
    "contact-details",
    "safe-way-of-contact",
    "services-involved",
    "reason-for-referral",
    "other-information",
}
"""What a coordinator or the panel can ask the referrer for. A sign of abuse is not among them: nobody asks twice."""

REFUSALS = frozenset(
    {
        "not-parental-conflict",
        "not-appropriate",
        "other-support",
        "specialist-assessment-first",
        "lower-level-of-support-first",
        "outside-the-area",
        "already-referred",
        "family-not-reached",
        "other",
    }
)
"""Why a referral is refused. The front door receives the code."""

SIGNS = frozenset(
    {
        "sign-of-abuse",
        "told-by-a-parent",
        "told-by-a-child",
        "told-by-the-front-door",
        "told-by-a-wrap-around-practitioner",
        "told-by-a-provider",
        "told-at-the-panel",
        RISK_ITEM,
    }
)
"""Where a coordinator or the panel learnt of a sign of abuse. More is not asked, on purpose."""

SPECIALIST_CONTACTS = frozenset({"contact-made", "already-with-specialist", "declined", "not-reached"})
"""What became of the specialist contact for a halted case. `not-reached` leaves it on the worklist."""

LEFT_LIST = frozenset(
    {
        WaitingReason.SIGN_OF_ABUSE,
        WaitingReason.AGREEMENT_MISSING,
        WaitingReason.PRIVACY_NOTICE_MISSING,
        WaitingReason.CONSENT_EXPIRED,
        WaitingReason.RESTRICTED,
        WaitingReason.LEGAL_BASIS_MISSING,
        WaitingReason.SCREENING_OUT_OF_DATE,
        WaitingReason.NO_LONGER_ELIGIBLE,
        WaitingReason.SCREENING_TAKEN_BACK,
    }
)
"""Why a case on a waiting list may not be offered its place. The front door does not learn which."""

ANSWERS = frozenset({"information-given", "no-further-information"})

PURPOSES = frozenset({"referral", "evaluation", "child-participation"})
"""What a parent's consent is for."""

_CONTACTS = frozenset({"phone", "text", "email", "post", "reached", "no-answer", "message-left", "declined"})


def codes_of(record: type[Record], field: str) -> frozenset[str]:
    """The codes that a party outside may give in a field of its record."""
    return frozenset(get_args(record.model_fields[field].annotation))


NOT_REFERRED_BECAUSE = (
    (_DECISIONS - {Decision.REFER, Decision.DOMESTIC_ABUSE_PATHWAY}) | _SCREENING_REASONS | {OTHER_REASON}
)

OF_TRIGGER: dict[Trigger, frozenset[str]] = {
    Trigger.REFER: frozenset({Decision.REFER}),
    Trigger.NOT_REFER: NOT_REFERRED_BECAUSE,
    Trigger.NO_LONGER_REFER: NOT_REFERRED_BECAUSE,
    Trigger.OLDER_SCREENING: _DECISIONS - {Decision.DOMESTIC_ABUSE_PATHWAY},
    Trigger.ABUSE_SIGN: frozenset({Decision.DOMESTIC_ABUSE_PATHWAY, RISK_ITEM, SIGN_ELSEWHERE, SET_ASIDE}),
    Trigger.SAFETY_CONCERN: frozenset({"safety-concern", RISK_ITEM, SIGN_ELSEWHERE}),
    Trigger.HALT: SIGNS | {SIGN_ELSEWHERE},
    Trigger.LEAVE_LIST: LEFT_LIST,
    Trigger.LINKED_SIGN: frozenset({SIGN_ELSEWHERE}),
    Trigger.RETURN: MISSING,
    Trigger.REFUSE: REFUSALS,
    Trigger.ANSWER: ANSWERS,
    Trigger.WITHDRAW: frozenset({"one-parent", "family"}),
    Trigger.CONSENT_RECORDED: PURPOSES,
    Trigger.CONSENT_WITHDRAWN: PURPOSES - {"referral"},
    Trigger.CONSENT_EXPIRED: PURPOSES,
    Trigger.SPECIALIST_CONTACT: SPECIALIST_CONTACTS,
    Trigger.DECLINED: frozenset(ReferralDeclined.model_fields["reason"].annotation.__args__),  # type: ignore[union-attr]
    Trigger.CONTACT_ATTEMPTED: _CONTACTS,
    Trigger.ASSESSED_NOT_SUITABLE: frozenset({AssessmentOutcome.NOT_SUITABLE}),
    Trigger.MEASURE: frozenset(str(each) for each in Occasion),
    Trigger.FOLLOW_UP_MEASURE: frozenset(str(each) for each in Occasion),
    Trigger.CLOSED_BY_PROVIDER: frozenset(str(each) for each in ClosureReason),
    Trigger.PARENT_ASSESSED: frozenset(str(each) for each in AssessmentOutcome),
    Trigger.CONCERN: codes_of(Concern, "code"),
    Trigger.REOPENED: codes_of(CaseReopened, "reason"),
    Trigger.REOPEN: codes_of(CaseReopened, "reason"),
    Trigger.WRAP_AROUND_CONTACT: codes_of(WrapAroundContact, "outcome"),
    Trigger.FOLLOW_UP: frozenset(str(each) for each in Occasion),
}
"""A trigger that is not here is its own reason: what is accepted, agreed, held or resumed needs no other."""


def codes(why: str) -> frozenset[str]:
    """The codes that a line of the history gives as its reason."""
    return frozenset(code for code in why.split(", ") if code)
