"""Couples as front doors know them, and screenings of every kind."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from shared.contracts.vocabulary import AbuseIndicator
from tests.stateful.places import AREA_OF

Key = tuple[str, str]
SURNAMES = ("Haddow", "Okafor", "Pemberley", "Quintrell", "Lisowska", "Brathwaite", "Szymanski", "Ferreira")
_GIVEN = ("Annika", "Bartholomew", "Clementine", "Dashiell", "Eleanora", "Fitzgerald", "Guinevere", "Horatio")
_NO_SIGN = {indicator.value: "no" for indicator in AbuseIndicator}
# What each kind of screening decides, by the table in docs/pathway.md.
DECISIONS = {
    "refer": "refer",
    "abuse": "domestic-abuse-pathway",
    "risk-item": "refer",
    "unsure": "more-information",
    "in-crisis": "not-suitable",
    "does-not-agree": "not-ready",
    "no-notice": "not-ready",
    "no-universal-offer": "universal-offer",
    # Odd families: the parents in another order, everything as large as may be, answers that nobody can judge, and
    # people who cannot be so.
    "swapped": "refer",
    "strangers": "refer",
    "at-the-bounds": "refer",
    "not-judged": "refer",
    "one-as-both": "more-information",
    "no-children": "more-information",
    "under-age": "more-information",
}
ODD = frozenset({"swapped", "strangers", "at-the-bounds", "not-judged", "one-as-both", "no-children", "under-age"})
# These give a parent another name or birth than the couple's own.
OTHERWISE_NAMED = frozenset({"strangers", "one-as-both", "under-age"})
SIGNS = frozenset({"abuse", "risk-item"})


@dataclass(frozen=True)
class Couple:
    """Two parents. `doors` are the front doors that may send them; `known_as` says how alike the second knows them."""

    number: int
    doors: tuple[str, ...]
    known_as: str
    relationship: str
    child_takes_part: bool

    def key(self, door: str) -> Key:
        """The family as this front door calls it."""
        return door, f"{door}-F{self.number}"

    @property
    def surely_one(self) -> bool:
        """Whether nobody could doubt that both front doors of one area speak of the same parents."""
        return self.known_as == "the-same" and len({AREA_OF[door] for door in self.doors}) == 1


@dataclass(frozen=True)
class Filing:
    """How a screening is filed. With each `edition` the parents have other telephone numbers."""

    kind: str
    submission_id: UUID | str
    submitted_at: datetime
    edition: int
    supersedes: str | None = None


@dataclass(frozen=True)
class Submission:
    """One screening as the front door sent it."""

    key: Key
    submission_id: str
    kind: str
    submitted_at: datetime
    supersedes: str | None
    parents: tuple[dict[str, Any], ...]

    @property
    def sign(self) -> bool:
        """Whether it tells a sign of abuse."""
        return self.kind in SIGNS

    @property
    def refers(self) -> bool:
        """Whether everything that a referral needs of a screening is in it."""
        return DECISIONS[self.kind] == "refer" and not self.sign

    @property
    def agreed(self) -> bool:
        """Whether both parents agree to a referral by it."""
        return all(parent["agrees_to_referral"] for parent in self.parents)

    def parent(self, ref: str) -> dict[str, Any]:
        """A parent as this screening names them."""
        return next(each for each in self.parents if each["ref"] == ref)


def screening(couple: Couple, door: str, filing: Filing) -> tuple[Submission, bytes]:
    """A screening, and the record that carries it."""
    kind, at = filing.kind, filing.submitted_at
    parents = [_parent(couple, door, number, filing) for number in (1, 2)]
    if kind == "swapped":
        parents = [{**parents[1], "ref": "P1"}, {**parents[0], "ref": "P2"}]
    elif kind == "strangers":
        parents = [_stranger(parent) for parent in parents]
    elif kind == "one-as-both":
        parents[1] |= {name: parents[0][name] for name in ("name", "date_of_birth")}
    elif kind == "under-age":
        parents[1]["date_of_birth"] = at.date().replace(year=at.year - 15, day=1).isoformat()
    worker = _practitioner(door, "referrer")
    key = couple.key(door)
    born = date(2030, 6, 1 + couple.number)
    submission = {
        "submission_id": str(filing.submission_id),
        "supersedes": filing.supersedes,
        "agency": door,
        "area": AREA_OF[door],
        "source": {"hants-schools": "school", "hants-police": "police"}.get(door, "gp"),
        "submitted_at": written(at),
        "family_ref": key[1],
        "practitioner": worker,
        "level_of_need": "targeted",
        "relationship": couple.relationship,
        "parents": parents,
        "children": [
            {
                "ref": "C1",
                "date_of_birth": born.isoformat(),
                "views": "wants the shouting to stop",
                "views_source": "direct",
                "takes_part": couple.child_takes_part,
            }
        ],
        "public_law_proceedings": False,
        "used_as_exit_strategy": False,
        "universal_offer": "not-offered" if kind == "no-universal-offer" else "used",
        "prefers_without_children": False,
        "requested_service": None,
        "wrap_around": [
            {"parent_ref": "P1", "practitioner": worker},
            {"parent_ref": "P2", "practitioner": _practitioner(door, "other-worker")},
        ],
        "measures": [],
    }
    if kind == "risk-item":
        submission["measures"] = [
            {
                "subject_ref": "P2",
                "instrument": "core-10",
                "version": "1",
                "occasion": "baseline",
                "score": 12.0,
                "items": {"6": 2.0},
            }
        ]
    if kind == "no-children":
        submission["children"] = []
    elif kind == "at-the-bounds":
        submission["children"][0]["views"] = "wants the shouting to stop " * 140
        score = {"subject_ref": "P1", "instrument": "cors", "version": "1", "occasion": "baseline", "score": 12.0}
        submission["measures"] = [score] * 200
    elif kind == "not-judged":
        asked = {"subject_ref": "P1", "instrument": "our-own-questions", "version": "1", "occasion": "baseline"}
        submission["measures"] = [{**asked, "score": 3.0, "items": {"how-it-was": 3.0}}]
    sent = Submission(key, str(filing.submission_id), kind, at, filing.supersedes, tuple(parents))
    return sent, orjson.dumps(submission)


def written(at: datetime) -> str:
    """A time as parties outside write it."""
    return at.isoformat().replace("+00:00", "Z")


def _parent(couple: Couple, door: str, number: int, filing: Filing) -> dict[str, Any]:
    kind = filing.kind
    at = (couple.number * 2 + number - 1) % len(SURNAMES)
    given, family = _GIVEN[at], SURNAMES[at]
    mark = f"{couple.number}{number}"
    second = door != couple.doors[0]
    if second and couple.known_as == "a-new-partner" and number == 2:
        given, family, mark = "Ignatius", "Underhill", f"{couple.number}9"
    elif second and couple.known_as == "with-slips":
        family, mark = f"{family}s", f"{couple.number}{number + 6}"
    answers = dict(_NO_SIGN)
    if kind == "abuse" and number == 2:
        answers["controls-money"] = "yes"
    if kind == "unsure" and number == 1:
        answers["threats-to-harm"] = "unsure"
    held = filing.submitted_at.date() - timedelta(days=3)
    return {
        "ref": f"P{number}",
        "name": {"given": given, "family": family},
        "date_of_birth": f"19{70 + at}-0{1 + couple.number}-1{number}",
        "role": "mother" if number == 1 else "father",
        "parental_responsibility": True,
        "contact": {
            "phone": f"07700 9{mark}{filing.edition % 1000:03d}",
            "email": f"{given.lower()}.{mark}@kinmail.example",
            "address": {"lines": [f"{mark} Tanglewood Rise"], "postcode": f"ZZ{couple.number}{number} 4QX"},
            "safe_methods": ["phone"],
            "safe_times": "weekday mornings",
            "confidential_from_other_parent": True,
        },
        "demographics": {
            "sex": "female" if number == 1 else "male",
            "ethnicity": "not-stated",
            "first_language": "english",
            "disability": "no",
            "employment": "working",
        },
        "conversation": {"held_on": held.isoformat(), "alone": True, "tool": "safety-net", "answers": answers},
        "in_crisis": kind == "in-crisis" and number == 1,
        "therapy": "none",
        "wants_change": True,
        "sees_childs_perspective": True,
        "agrees_to_referral": not (kind == "does-not-agree" and number == 2),
        "privacy_notice_on": None if kind == "no-notice" and number == 1 else held.isoformat(),
    }


def _stranger(parent: dict[str, Any]) -> dict[str, Any]:
    """Somebody of another family, whose record was filed under this one's reference."""
    given = "Ignatius" if parent["ref"] == "P1" else "Rosamund"
    born = "1961-11-28" if parent["ref"] == "P1" else "1963-12-27"
    contact = {**parent["contact"], "email": f"{given.lower()}@kinmail.example"}
    return {**parent, "name": {"given": given, "family": "Underhill"}, "date_of_birth": born, "contact": contact}


def _practitioner(door: str, who: str) -> dict[str, str]:
    return {"id": f"{door}-{who}", "name": "Ivo Prendergast", "role": "teacher", "email": f"{who}@{door}.example"}
