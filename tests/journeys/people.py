"""Invented families, as a front door knows them."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.contracts.vocabulary import AbuseIndicator, ConflictIndicator


@dataclass
class Family:
    """A mother, a father and their children, at one agency. `ref` is the agency's own reference."""

    agency: str
    area: str
    source: str
    ref: str
    surname: str
    mother: str
    father: str
    together: bool = False
    ages: Sequence[int] = (10,)
    children_take_part: bool = False
    level_of_need: str = "targeted"
    number: int = 0
    new_phone_of_father: str | None = None
    sent: list[str] = field(default_factory=list)
    """The ids of the screenings that were sent, the oldest first."""

    def practitioner_of(self, parent: str) -> dict[str, str]:
        """Who holds this parent in mind: somebody else for each."""
        name = f"{parent}.{self.ref}".lower()
        return {
            "id": f"w-{name}",
            "name": f"Worker of {parent}",
            "role": "support-worker",
            "email": f"{name}@{self.agency}.example.org",
        }

    def referrer(self) -> dict[str, str]:
        """The lead professional."""
        return {
            "id": f"lead-{self.ref}",
            "name": "Ivo Pryce",
            "role": "teacher",
            "email": f"lead.{self.ref}@{self.agency}.example.org".lower(),
        }


def screening(family: Family, now: datetime, *, disclosed_by_mother: bool = False) -> dict[str, Any]:
    """A screening in which each parent was seen alone, agreed, and had the privacy notice. Sent again it corrects."""
    family.sent.append(str(uuid4()))
    relationship = "together" if family.together else "separated"
    seen_on = now.date() - timedelta(days=5)
    parents = [
        _parent(family, "P1", family.mother, "mother", seen_on, afraid=disclosed_by_mother),
        _parent(family, "P2", family.father, "father", seen_on),
    ]
    if family.new_phone_of_father:
        parents[1]["contact"]["phone"] = family.new_phone_of_father
    children = [
        {
            "ref": f"C{number}",
            "date_of_birth": date(now.year - age, 1, 1).isoformat(),
            "views": "wants the shouting to stop",
            "views_source": "direct",
            "takes_part": family.children_take_part,
        }
        for number, age in enumerate(family.ages, start=1)
    ]
    return {
        "submission_id": family.sent[-1],
        "supersedes": family.sent[-2] if len(family.sent) > 1 else None,
        "agency": family.agency,
        "area": family.area,
        "source": family.source,
        "submitted_at": written(now),
        "family_ref": family.ref,
        "practitioner": family.referrer(),
        "level_of_need": family.level_of_need,
        "relationship": relationship,
        "parents": parents,
        "children": children,
        "public_law_proceedings": False,
        "used_as_exit_strategy": False,
        "universal_offer": "used",
        "prefers_without_children": False,
        "requested_service": None,
        "wrap_around": [
            {"parent_ref": "P1", "practitioner": family.practitioner_of(family.mother)},
            {"parent_ref": "P2", "practitioner": family.practitioner_of(family.father)},
        ],
        "measures": [],
    }


def written(at: datetime) -> str:
    """RFC 3339 in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _parent(family: Family, ref: str, given: str, role: str, seen_on: date, *, afraid: bool = False) -> dict[str, Any]:
    number = zlib.crc32(f"{given} {family.surname} {family.number}".encode())
    answers = {each.value: "no" for each in AbuseIndicator} | {each.value: "yes" for each in ConflictIndicator}
    if afraid:
        answers[AbuseIndicator.AFRAID_OF_OTHER_PARENT] = "yes"
    return {
        "ref": ref,
        "name": {"given": given, "family": family.surname},
        "date_of_birth": date(1970 + number % 25, 1 + number % 12, 1 + number % 28).isoformat(),
        "role": role,
        "parental_responsibility": True,
        "contact": {
            "phone": f"07700 9{number % 100_000:05d}",
            "email": f"{given}.{number}@example.org".lower(),
            "address": {"lines": [f"{number % 97} Example Street"], "postcode": f"ZZ{number % 89 + 1} {number % 9}ZZ"},
            "safe_methods": ["phone"],
            "safe_times": "weekday mornings",
            "confidential_from_other_parent": True,
        },
        "demographics": {
            "sex": "female" if role == "mother" else "male",
            "ethnicity": "not-stated",
            "first_language": "en",
            "disability": "no",
            "employment": "working",
        },
        "conversation": {"held_on": seen_on.isoformat(), "alone": True, "tool": "safety-net", "answers": answers},
        "in_crisis": False,
        "therapy": "none",
        "wants_change": True,
        "sees_childs_perspective": True,
        "agrees_to_referral": True,
        "privacy_notice_on": seen_on.isoformat(),
    }
