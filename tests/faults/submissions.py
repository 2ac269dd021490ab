"""What front doors send during a campaign: families of every decision, corrections and repeats. Seeded."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tests.faults.world import AGENCIES, AREA

_INDICATORS = (
    *("afraid-of-other-parent", "physical-harm", "sexual-coercion", "threats-to-harm", "controls-money"),
    *("isolated-from-others", "monitored-or-followed", "child-used-to-control", "self-harm-threats-to-control"),
    "protective-order-in-force",
)
_KINDS = ("refer", "abuse", "unsure", "not-ready", "crisis", "universal")
_SHARES = (82, 5, 4, 4, 3, 2)


class FrontDoors:
    """Makes submissions, one after the other."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"front-doors/{seed}")
        self._families: list[tuple[str, str, str]] = []
        self._number = 0

    def next(self) -> tuple[str, str, bytes, str]:
        """(agency, key, value, submission id) of a new submission; one in five is about a family known before."""
        rng = self._rng
        supersedes = None
        if self._families and rng.random() < 0.2:
            agency, family, earlier = rng.choice(self._families[-400:])
            supersedes = earlier if rng.random() < 0.6 else None
        else:
            self._number += 1
            agency, family = rng.choice(AGENCIES), f"F{self._number:06d}"
        submission_id = str(UUID(int=rng.getrandbits(128), version=4))
        self._families.append((agency, family, submission_id))
        body = self._body(rng.choices(_KINDS, _SHARES)[0], f"{agency}/{family}")
        body |= {"submission_id": submission_id, "supersedes": supersedes, "agency": agency, "family_ref": family}
        return agency, family, json.dumps(body).encode(), submission_id

    def of(self, agency: str) -> dict[str, Any]:
        """A submission of this agency, about a family of its own."""
        self._number += 1
        family = f"F{self._number:06d}"
        body = self._body("refer", f"{agency}/{family}")
        submission_id = str(UUID(int=self._rng.getrandbits(128), version=4))
        return body | {"submission_id": submission_id, "supersedes": None, "agency": agency, "family_ref": family}

    def _body(self, kind: str, family: str) -> dict[str, Any]:
        worker = {"id": "w-1", "name": "Ivo Pryce", "role": "teacher", "email": "w1@front.example.org"}
        answer = {"abuse": "yes", "unsure": "unsure"}.get(kind, "no")
        # The same family looks the same each time: another child in this one's place would be for a person to look at.
        born = Random(f"{family}/C1").randrange(2010, 2024)
        submitted = _days_ago(30 * self._rng.randrange(3) + self._rng.randrange(1, 26))
        return {
            "area": AREA,
            "source": "school",
            "submitted_at": f"{submitted}T09:00:00Z",
            "practitioner": worker,
            "level_of_need": "universal" if kind == "universal" else "targeted",
            "relationship": self._rng.choice(("together", "separated", "separating")),
            "parents": [self._parent(ref, kind, answer if ref == "P2" else "no", family) for ref in ("P1", "P2")],
            "children": [
                {
                    "ref": "C1",
                    "date_of_birth": f"{born}-05-01",
                    "views": None,
                    "views_source": "not-sought",
                    "takes_part": False,
                }
            ],
            "public_law_proceedings": False,
            "used_as_exit_strategy": False,
            "universal_offer": "used",
            "prefers_without_children": False,
            "requested_service": None,
            "wrap_around": [{"parent_ref": ref, "practitioner": worker} for ref in ("P1", "P2")],
            "measures": [],
        }

    def _parent(self, ref: str, kind: str, answer: str, family: str) -> dict[str, Any]:
        # The same family looks the same each time, and like no other one: it must not be taken for another.
        who = Random(f"{family}/{ref}")
        answers = dict.fromkeys(_INDICATORS, "no") | {self._rng.choice(_INDICATORS): answer}
        return {
            "ref": ref,
            "name": {"given": _name(who), "family": _name(who)},
            "date_of_birth": f"{who.randrange(1970, 2005)}-{who.randrange(1, 13):02d}-{who.randrange(1, 29):02d}",
            "role": "mother" if ref == "P1" else "father",
            "parental_responsibility": True,
            "contact": {
                "phone": f"07{who.randrange(10**9):09d}",
                "email": None,
                "address": None,
                "safe_methods": ["phone"],
                "safe_times": None,
                "confidential_from_other_parent": False,
            },
            "demographics": {
                "sex": "female",
                "ethnicity": "not-stated",
                "first_language": "en",
                "disability": "no",
                "employment": "working",
            },
            "conversation": {"held_on": _days_ago(100), "alone": True, "tool": "safety-net", "answers": answers},
            "in_crisis": kind == "crisis",
            "therapy": "none",
            "wants_change": True,
            "sees_childs_perspective": True,
            "agrees_to_referral": kind != "not-ready",
            "privacy_notice_on": _days_ago(200),
        }


def _days_ago(days: int) -> str:
    """A date that has not expired, whenever this runs."""
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def _name(who: Random) -> str:
    return "".join(who.choices("abcdefghijklmnopqrstuvwxyz", k=9)).capitalize()
