"""Codes in a coordinator's words, from `words.yaml`, and what the worklist groups by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from services.referral.domain.case.states import WaitingReason
from services.referral.domain.safety.urgency import Urgency

_W = WaitingReason
_WORDS: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
)

GROUPS: Mapping[str, tuple[str, frozenset[WaitingReason]]] = {
    "safety": ("Safety", frozenset({_W.SPECIALIST_CONTACT, _W.SIGN_OF_ABUSE, _W.CORRECTED_AFTER_HALT})),
    "look": (
        "To look at",
        frozenset(
            {
                *(_W.PEOPLE_DIFFER, _W.CONTACT_NOT_SEPARATE, _W.ITEMS_NOT_JUDGED, _W.ONE_PARENT, _W.LOOK_FIRST),
                *(_W.FAMILY_CHANGED, _W.SCREENING_TAKEN_BACK, _W.MEASURE_NOT_JUDGED, _W.LIKENESS_TO_CONFIRM),
                *(_W.OPEN_CASE_OF_FAMILY, _W.JOINED_TO_OPEN_CASE, _W.CORRECTED_AFTER_CLOSURE),
            }
        ),
    ),
    "decide": (
        "To decide",
        frozenset(
            {
                *(_W.AREA_ASKS_COORDINATOR, _W.COORDINATOR_DECIDES, _W.NO_ELIGIBLE_OFFER, _W.NO_LONGER_ELIGIBLE),
                *(_W.TAKEN_OFF_LIST, _W.CORRECTED_AFTER_RETURN, _W.CORRECTED_AFTER_REFUSAL, _W.CORRECTED_AFTER_PANEL),
                *(_W.RESUMED_AFTER_HOLD, _W.SEPARATED_FROM_FAMILY),
            }
        ),
    ),
    "missing": (
        "Something is missing",
        frozenset(
            {
                *(_W.AGREEMENT_MISSING, _W.PRIVACY_NOTICE_MISSING, _W.LEGAL_BASIS_MISSING, _W.SCREENING_OUT_OF_DATE),
                *(_W.CONSENT_EXPIRED, _W.AREA_NOT_REGISTERED, _W.RESTRICTED),
            }
        ),
    ),
    "provider": (
        "With a provider",
        frozenset(
            {
                *(_W.FIRST_CONTACT_OVERDUE, _W.NO_CONTACT, _W.CLOSED_BEFORE_CONTACT_LIMIT),
                _W.WRAP_AROUND_NOT_CONFIRMED,
            }
        ),
    ),
    "others": (
        "With somebody else",
        frozenset({_W.RETURNED_FOR_INFORMATION, _W.PANEL_TO_RECOMMEND, _W.ON_HOLD, _W.FAMILY_TO_RECOGNISE}),
    ),
}
"""What a coordinator looks for on the worklist. Every reason is in one of them."""

URGENCIES: Mapping[Urgency, tuple[str, str]] = {
    Urgency.IMMEDIATE: ("Now", "govuk-tag--red"),
    Urgency.HIGH: ("High", "govuk-tag--orange"),
    Urgency.RAISED: ("Raised", "govuk-tag--yellow"),
    Urgency.ROUTINE: ("Routine", "govuk-tag--grey"),
}


def waiting(code: str) -> str:
    """Why a case waits."""
    return str(_WORDS["waiting"][code]["waits_for"])


def what_to_do(code: str) -> str:
    """What a coordinator does about it."""
    return str(_WORDS["waiting"][code]["to_do"])


def state(code: str) -> str:
    """Where a case is."""
    return str(_WORDS["states"][code])


def why_not(code: str) -> str:
    """Why an offer is not one for a family."""
    return str(_WORDS["why_not"].get(code) or plain(code))


def worded(code: str | None) -> str:
    """Any other code."""
    return str(_WORDS["others"].get(code) or plain(code)) if code else ""


def plain(code: str) -> str:
    """A code without words of its own."""
    return code.replace("-", " ")


def sentence(text: str) -> str:
    """With a capital at its start."""
    return text[:1].upper() + text[1:]


def happened(trigger: str) -> str:
    """What happened to a case."""
    return str(_WORDS["triggers"][trigger])


def urgent_because(code: str) -> str:
    """Why a line of the worklist is urgent."""
    return str(_WORDS["urgent_because"].get(code) or plain(code))
