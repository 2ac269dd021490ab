"""A front door's records of one family, written out by hand: whole and safe to refer, but for what a test changes."""

import json
from typing import Any
from uuid import uuid4

from shared.contracts.vocabulary import AbuseIndicator

AGENCY = "hants-schools"
_WORKER = {"id": "w-1", "name": "Ivo Pryce", "role": "teacher", "email": "w1@agency.example.org"}


def parent(ref: str, given: str, family: str, born: str, **changes: Any) -> dict[str, Any]:
    """One parent, reached by a telephone of their own. `phone`, `email`, `address`, `safe_methods` and
    `confidential_from_other_parent` change the contact, anything else the parent."""
    contact: dict[str, Any] = {
        "phone": f"07700 900{sum(map(ord, given + family)) % 1000:03d}",
        "email": None,
        "address": None,
        "safe_methods": ["phone"],
        "safe_times": None,
        "confidential_from_other_parent": False,
    }
    contact |= {field: changes.pop(field) for field in list(changes) if field in contact}
    return {
        "ref": ref,
        "name": {"given": given, "family": family},
        "date_of_birth": born,
        "role": "mother",
        "parental_responsibility": True,
        "contact": contact,
        "demographics": {
            "sex": "not-stated",
            "ethnicity": "not-stated",
            "first_language": "en",
            "disability": "no",
            "employment": "working",
        },
        "conversation": {
            "held_on": "2026-05-01",
            "alone": True,
            "tool": "safety-net",
            "answers": {indicator.value: "no" for indicator in AbuseIndicator},
        },
        "in_crisis": False,
        "therapy": "none",
        "wants_change": True,
        "sees_childs_perspective": True,
        "agrees_to_referral": True,
        "privacy_notice_on": "2026-05-01",
        **changes,
    }


def child(ref: str, born: str | None = "2015-06-01", **changes: Any) -> dict[str, Any]:
    """One child who takes part."""
    return {
        "ref": ref,
        **({"date_of_birth": born} if born else {}),
        "views": None,
        "views_source": "not-sought",
        "takes_part": True,
        **changes,
    }


MORWENNA = parent("P1", "Morwenna", "Teague", "1987-04-12", phone="07700 900201")
JAGO = parent("P2", "Jago", "Pascoe", "1985-11-23", phone="07700 900202", role="father")
WENNA = parent("P1", "Wenna", "Rowe", "1990-02-11", phone="07700 900301")
PIRAN = parent("P2", "Piran", "Hocking", "1989-09-30", phone="07700 900302", role="father")


def screening(*parents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """One record, of Morwenna and Jago where nobody is named."""
    people = parents or (MORWENNA, JAGO)
    return {
        "submission_id": str(uuid4()),
        "supersedes": None,
        "agency": AGENCY,
        "area": "E10000014",
        "source": "school",
        "submitted_at": "2026-05-04T09:00:00Z",
        "family_ref": "F-1",
        "practitioner": _WORKER,
        "level_of_need": "targeted",
        "relationship": "separated",
        "parents": list(people),
        "children": [child("C1")],
        "public_law_proceedings": False,
        "used_as_exit_strategy": False,
        "universal_offer": "used",
        "prefers_without_children": False,
        "requested_service": None,
        "wrap_around": [{"parent_ref": each["ref"], "practitioner": _WORKER} for each in people],
        "measures": [],
        **changes,
    }


def disclosing(who: dict[str, Any]) -> dict[str, Any]:
    """The parent, with a sign of abuse in the conversation."""
    answers = {**who["conversation"]["answers"], "controls-money": "yes"}
    return {**who, "conversation": {**who["conversation"], "answers": answers}}


def strangers(*people: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A record of Wenna's family, filed under Morwenna's where nothing else is given."""
    return screening(*(people or (WENNA, PIRAN)), **{"submitted_at": "2026-05-05T09:00:00Z", **changes})


def mended(wrong: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The record again, under the family's own reference, superseding the one that was filed under another."""
    now = {"submission_id": str(uuid4()), "supersedes": wrong["submission_id"], "family_ref": "F-2"}
    return {**wrong, **now, **changes}


def taking_back(submission: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The record by which a front door takes this submission back."""
    return {
        "takes_back": submission["submission_id"],
        "agency": AGENCY,
        "family_ref": submission["family_ref"],
        "sent_at": "2026-05-06T09:00:00Z",
        "because": "filed-in-error",
        **changes,
    }


def line(record: dict[str, Any]) -> dict[str, str]:
    """The record as its agency publishes it."""
    return {
        "topic": f"front-door.{record['agency']}.screenings",
        "key": record["family_ref"],
        "value": json.dumps(record),
    }
