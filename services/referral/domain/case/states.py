"""The vocabulary of the state machine: where a case can be, what can happen to it, and who may let it happen."""

from enum import StrEnum


class State(StrEnum):
    """Where a case is."""

    NEW = "new"
    NOT_REFERRED = "not-referred"
    AWAITING_COORDINATOR = "awaiting-coordinator"
    RETURNED = "returned"
    AT_PANEL = "at-panel"
    WAITING_LIST = "waiting-list"
    REFUSED = "refused"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    ASSESSED = "assessed"
    IN_SESSIONS = "in-sessions"
    ON_HOLD = "on-hold"
    CLOSED = "closed"
    HALTED = "halted"
    JOINED = "joined"


class Trigger(StrEnum):
    """What can happen to a case."""

    # A screening was decided.
    REFER = "refer"
    NOT_REFER = "not-refer"
    NO_LONGER_REFER = "no-longer-refer"
    OLDER_SCREENING = "older-screening"
    ABUSE_SIGN = "abuse-sign"
    # A screening names other people than the family that is known, and is not taken up until a person has looked.
    PEOPLE_DIFFER = "people-differ"
    QUESTION_OVER = "question-over"
    # The front door took back a screening that the case holds, or that its provider's referral is based on; or its only
    # one.
    TAKEN_BACK = "taken-back"
    TOLD_BY_MISTAKE = "told-by-mistake"
    NOTHING_LEFT = "nothing-left"
    # Another front door's family was found to be the same one, or not to be.
    LINKED_SIGN = "linked-sign"
    FAMILY_SIGN = "family-sign"
    JOIN = "join"
    SEPARATE = "separate"
    REFERRED_AGAIN = "referred-again"
    # The area's settings, applied by the service itself.
    AGREE_AUTOMATICALLY = "agree-automatically"
    OFFER_NEXT = "offer-next"
    LIST_AUTOMATICALLY = "list-automatically"
    MOVE_UP = "move-up"
    OFFER_PLACE = "offer-place"
    LEAVE_LIST = "leave-list"
    # Time passed.
    CONSENT_EXPIRED = "consent-expired"
    # A person decides.
    AGREE = "agree"
    LIST = "list"
    TAKE_OFF_LIST = "take-off-list"
    RETURN = "return"
    REFUSE = "refuse"
    TO_PANEL = "to-panel"
    FROM_PANEL = "from-panel"
    ANSWER = "answer"
    HOLD = "hold"
    RESUME = "resume"
    HALT = "halt"
    WITHDRAW = "withdraw"
    CONSENT_RECORDED = "consent-recorded"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    SPECIALIST_CONTACT = "specialist-contact"
    CONFIRM_PEOPLE = "confirm-people"
    # A provider reports.
    ACCEPTED = "referral-accepted"
    DECLINED = "referral-declined"
    CONTACT_ATTEMPTED = "contact-attempted"
    ASSESSED_SUITABLE = "assessed-suitable"
    ASSESSED_NOT_SUITABLE = "assessed-not-suitable"
    SESSION = "session"
    MEASURE = "measure"
    FOLLOW_UP_MEASURE = "follow-up-measure"
    SAFETY_CONCERN = "safety-concern"
    CLOSED_BY_PROVIDER = "case-closed"
    PARENT_ASSESSED = "parent-assessed"
    SESSION_SCHEDULED = "session-scheduled"
    SESSION_TAKEN_BACK = "session-taken-back"
    AFTER_THE_STOP = "after-the-stop"
    HANDED_OVER = "handed-over"
    MEASURE_NOT_JUDGED = "measure-not-judged"
    CONCERN = "concern"
    REOPENED = "case-reopened"
    # A person opens what had ended, or has seen to what the calendar showed them.
    REOPEN = "reopen"
    SEEN_TO = "seen-to"
    # A wrap-around practitioner reports.
    WRAP_AROUND_CONTACT = "wrap-around-contact"
    # The calendar.
    FIRST_CONTACT_OVERDUE = "first-contact-overdue"
    NO_CONTACT_IN_TIME = "no-contact-in-time"
    REMIND = "remind"
    NOT_CONFIRMED = "not-confirmed"
    FOLLOW_UP = "follow-up"


class Actor(StrEnum):
    """Who may let it happen."""

    SCREENING = "screening"
    AREA_SETTING = "area-setting"
    COORDINATOR = "coordinator"
    PANEL = "panel"
    PROVIDER = "provider"
    PARENT = "parent"
    REFERRER = "referrer"
    CALENDAR = "calendar"
    FAMILIES = "families"


class WaitingReason(StrEnum):
    """Why a case is on the worklist: what a person has to look at."""

    AREA_ASKS_COORDINATOR = "area-asks-coordinator"
    COORDINATOR_DECIDES = "coordinator-decides"
    AREA_NOT_REGISTERED = "area-not-registered"
    AGREEMENT_MISSING = "agreement-missing"
    PRIVACY_NOTICE_MISSING = "privacy-notice-missing"
    LEGAL_BASIS_MISSING = "legal-basis-missing"
    NO_ELIGIBLE_OFFER = "no-eligible-offer"
    NO_LONGER_ELIGIBLE = "no-longer-eligible"
    SCREENING_OUT_OF_DATE = "screening-out-of-date"
    TAKEN_OFF_LIST = "taken-off-list"
    CORRECTED_AFTER_RETURN = "corrected-after-return"
    CORRECTED_AFTER_REFUSAL = "corrected-after-refusal"
    CORRECTED_AFTER_PANEL = "corrected-after-panel"
    RESUMED_AFTER_HOLD = "resumed-after-hold"
    CORRECTED_AFTER_CLOSURE = "corrected-after-closure"
    CORRECTED_AFTER_HALT = "corrected-after-halt"
    SIGN_OF_ABUSE = "sign-of-abuse"
    RETURNED_FOR_INFORMATION = "returned-for-information"
    PANEL_TO_RECOMMEND = "panel-to-recommend"
    ON_HOLD = "on-hold"
    SPECIALIST_CONTACT = "specialist-contact"
    CONSENT_EXPIRED = "consent-expired"
    RESTRICTED = "restricted"
    FAMILY_TO_RECOGNISE = "family-to-recognise"
    LIKENESS_TO_CONFIRM = "likeness-to-confirm"
    OPEN_CASE_OF_FAMILY = "open-case-of-family"
    JOINED_TO_OPEN_CASE = "joined-to-open-case"
    SEPARATED_FROM_FAMILY = "separated-from-family"
    FIRST_CONTACT_OVERDUE = "first-contact-overdue"
    NO_CONTACT = "no-contact"
    CLOSED_BEFORE_CONTACT_LIMIT = "closed-before-contact-limit"
    WRAP_AROUND_NOT_CONFIRMED = "wrap-around-not-confirmed"
    PEOPLE_DIFFER = "people-differ"
    CONTACT_NOT_SEPARATE = "contact-not-separate"
    ITEMS_NOT_JUDGED = "items-not-judged"
    ONE_PARENT = "one-parent"
    LOOK_FIRST = "look-first"
    FAMILY_CHANGED = "family-changed"
    SCREENING_TAKEN_BACK = "screening-taken-back"
    MEASURE_NOT_JUDGED = "measure-not-judged"


# What a screening asks a person to look at before anything is let through. What is not known by name here, a newer
# service asks for: a person looks at that all the same.
TO_LOOK_AT = (
    WaitingReason.CONTACT_NOT_SEPARATE,
    WaitingReason.ITEMS_NOT_JUDGED,
    WaitingReason.ONE_PARENT,
    WaitingReason.LOOK_FIRST,
)

# Shown before a question of who the people are, never instead of it.
SHOWN_FIRST = frozenset({WaitingReason.SPECIALIST_CONTACT, WaitingReason.SIGN_OF_ABUSE, WaitingReason.CONSENT_EXPIRED})

# What a person confirms while a provider has the family: it goes on with whom it was notified of meanwhile.
TO_CONFIRM = frozenset(
    {WaitingReason.PEOPLE_DIFFER, WaitingReason.SCREENING_TAKEN_BACK, WaitingReason.FAMILY_CHANGED, *TO_LOOK_AT}
)

# What is over once a screening is taken up that is in question no more.
OVER_WHEN_TAKEN_UP = frozenset({WaitingReason.PEOPLE_DIFFER, WaitingReason.SCREENING_TAKEN_BACK})

# What the calendar shows a coordinator, until they report that they have seen to it.
FROM_THE_CALENDAR = frozenset(
    {
        WaitingReason.FIRST_CONTACT_OVERDUE,
        WaitingReason.NO_CONTACT,
        WaitingReason.CLOSED_BEFORE_CONTACT_LIMIT,
        WaitingReason.WRAP_AROUND_NOT_CONFIRMED,
    }
)


# What the families service alone can cure: when it has looked, or a person has, these are looked at again.
CURED_BY_RECOGNITION = frozenset({WaitingReason.FAMILY_TO_RECOGNISE, WaitingReason.LIKENESS_TO_CONFIRM})

# What leaves the worklist once a person has seen to it: what the calendar showed, a joined case's front door, what came
# after a case was over or never referred, and answers that nobody could judge.
DONE_WHEN_SEEN_TO = FROM_THE_CALENDAR | {
    WaitingReason.JOINED_TO_OPEN_CASE,
    WaitingReason.CORRECTED_AFTER_CLOSURE,
    WaitingReason.SCREENING_TAKEN_BACK,
    WaitingReason.MEASURE_NOT_JUDGED,
}

# What is waited for however the work with the provider goes on: it is no step of that work.
STAYS_WITH_PROVIDER = frozenset(
    {WaitingReason.CONSENT_EXPIRED, WaitingReason.MEASURE_NOT_JUDGED, WaitingReason.WRAP_AROUND_NOT_CONFIRMED}
)

# What the directory alone can cure: when it changes, these are looked at again.
CURED_BY_DIRECTORY = frozenset(
    {WaitingReason.AREA_NOT_REGISTERED, WaitingReason.LEGAL_BASIS_MISSING, WaitingReason.NO_ELIGIBLE_OFFER}
)

WITH_PROVIDER = frozenset({State.OFFERED, State.ACCEPTED, State.ASSESSED, State.IN_SESSIONS})
BEFORE_PROVIDER = frozenset(
    {State.AWAITING_COORDINATOR, State.RETURNED, State.AT_PANEL, State.REFUSED, State.WAITING_LIST}
)
TERMINAL = frozenset({State.CLOSED, State.HALTED})
# A family has one of these at most, over all front doors.
OPEN = (BEFORE_PROVIDER - {State.REFUSED}) | WITH_PROVIDER | {State.ON_HOLD}


class Hands(StrEnum):
    """Who has a case in hand: whose list it is on."""

    REFERRER = "referrer"
    COORDINATOR = "coordinator"
    PANEL = "panel"
    WAITING_LIST = "waiting-list"
    PROVIDER = "provider"
    NOBODY = "nobody"


# Every state is in somebody's hands or an end. What is with the coordinator or the panel, or on its way back to them,
# has a line on the worklist; what is with a provider has a referral that is out. A refused or not referred case has
# ended here unless the referrer, who was notified what to do, sends more.
HANDS: dict[State, Hands] = {
    State.NEW: Hands.NOBODY,
    State.NOT_REFERRED: Hands.REFERRER,
    State.REFUSED: Hands.REFERRER,
    State.RETURNED: Hands.REFERRER,
    State.AWAITING_COORDINATOR: Hands.COORDINATOR,
    State.WAITING_LIST: Hands.WAITING_LIST,
    State.ON_HOLD: Hands.COORDINATOR,
    State.HALTED: Hands.COORDINATOR,
    State.JOINED: Hands.COORDINATOR,
    State.AT_PANEL: Hands.PANEL,
    State.OFFERED: Hands.PROVIDER,
    State.ACCEPTED: Hands.PROVIDER,
    State.ASSESSED: Hands.PROVIDER,
    State.IN_SESSIONS: Hands.PROVIDER,
    State.CLOSED: Hands.NOBODY,
}
