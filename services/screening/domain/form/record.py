"""The record of the contract that a form makes, and where on the form a field of the record was typed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.screening.domain.form.checking import INDICATORS, day_of
from services.screening.domain.form.questions import Values, one, people_of
from shared.contracts.vocabulary import UNSAFE_OTHER_PARENT

Pages = Mapping[str, Values]
"""What was typed, by page."""

_NOT_KNOWN = "not-known"


@dataclass(frozen=True)
class Sender:
    """Who sends a form, and for which agency. `worker`: the agency's own id of them."""

    agency: str
    worker: str


def record_of(pages: Pages, sender: Sender, form_id: UUID, supersedes: UUID | None, at: datetime) -> dict[str, Any]:
    """The record as a front door would send it (`shared.contracts.front_door.Submission`, as JSON).

    It holds what was typed and nothing that was guessed: a page that is missing leaves a finding behind.
    """
    family, people, referral = (pages.get(name, {}) for name in ("family", "people", "referral"))
    parents, children = people_of(people)
    wrap_around = [_wrap_around(pages, number, sender) for number in range(1, parents + 1)]
    measures = [_measure(pages, number) for number in range(1, parents + 1)]
    requested = one(referral, "requested_service")
    return {
        "submission_id": str(form_id),
        "supersedes": str(supersedes) if supersedes else None,
        "agency": sender.agency,
        "area": one(family, "area"),
        "source": one(family, "source"),
        "submitted_at": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "family_ref": one(family, "family_ref"),
        "practitioner": _practitioner(pages.get("you", {}), sender),
        "level_of_need": one(family, "level_of_need"),
        "relationship": one(family, "relationship"),
        "parents": [_parent(pages, number) for number in range(1, parents + 1)],
        "children": [_child(pages.get(f"child-{number}", {}), number) for number in range(1, children + 1)],
        "public_law_proceedings": _yes(referral, "public_law_proceedings"),
        "used_as_exit_strategy": _yes(referral, "used_as_exit_strategy"),
        "universal_offer": one(referral, "universal_offer"),
        "prefers_without_children": _yes(referral, "prefers_without_children"),
        "requested_service": None if requested in ("", "none") else requested,
        "wrap_around": [each for each in wrap_around if each],
        "measures": [each for each in measures if each],
        "audiences": list(referral.get("audiences", ())),
        "delivery": list(referral.get("delivery", ())),
        "other_parent": _other_parent(people, parents),
    }


def _other_parent(people: Values, parents: int) -> str | None:
    """Why no other parent is named. That it is not safe is a sign of abuse, however many are named."""
    why = one(people, "other_parent")
    if why in ("", _NOT_KNOWN) or (parents > 1 and why not in set(map(str, UNSAFE_OTHER_PARENT))):
        return None
    return why


def _practitioner(you: Values, sender: Sender) -> dict[str, str]:
    return {"id": sender.worker, "name": one(you, "name"), "role": one(you, "role"), "email": one(you, "email")}


def _parent(pages: Pages, number: int) -> dict[str, Any]:
    who = pages.get(f"parent-{number}", {})
    ready = pages.get(f"parent-{number}-ready", {})
    born, notice = day_of(who, "born"), day_of(ready, "privacy_notice_on")
    number_of_theirs = one(who, "nhs_number")
    codes = ("sex", "ethnicity", "first_language", "disability", "employment")
    return {
        "ref": f"P{number}",
        "name": {"given": one(who, "given"), "family": one(who, "family")},
        "date_of_birth": born.isoformat() if born else None,
        "role": one(who, "role"),
        "parental_responsibility": _yes(who, "parental_responsibility"),
        "contact": _contact(pages.get(f"parent-{number}-contact", {})),
        "demographics": {code: one(who, code) for code in codes},
        "conversation": _conversation(pages.get(f"parent-{number}-talk", {})),
        "in_crisis": _yes(ready, "in_crisis"),
        "therapy": one(ready, "therapy"),
        "wants_change": _yes(ready, "wants_change"),
        "sees_childs_perspective": _yes(ready, "sees_childs_perspective"),
        "agrees_to_referral": _yes(ready, "agrees_to_referral"),
        "privacy_notice_on": notice.isoformat() if notice else None,
        "identifiers": [{"kind": "nhs-number", "value": number_of_theirs}] if number_of_theirs else [],
        "twin": one(who, "twin") == "yes",
    }


def _contact(values: Values) -> dict[str, Any]:
    lines = [line.strip() for line in one(values, "address").splitlines() if line.strip()]
    return {
        "phone": one(values, "phone") or None,
        "email": one(values, "email") or None,
        "address": {"lines": lines, "postcode": one(values, "postcode")} if one(values, "postcode") else None,
        "safe_methods": list(values.get("safe_methods", ())),
        "safe_times": one(values, "safe_times") or None,
        # What does not say that it may be known is kept from the other parent.
        "confidential_from_other_parent": one(values, "confidential") != "no",
    }


def _conversation(values: Values) -> dict[str, Any] | None:
    if one(values, "held") != "yes":
        return None
    held = day_of(values, "held_on")
    return {
        "held_on": held.isoformat() if held else None,
        "alone": _yes(values, "alone"),
        "tool": one(values, "tool"),
        "answers": {each: answer for each in sorted(INDICATORS) if (answer := one(values, each))},
    }


def _wrap_around(pages: Pages, number: int, sender: Sender) -> dict[str, Any] | None:
    ready = pages.get(f"parent-{number}-ready", {})
    who = one(ready, "wrap_around")
    if who == "me":
        return {"parent_ref": f"P{number}", "practitioner": _practitioner(pages.get("you", {}), sender)}
    if who != "other":
        return None
    email = one(ready, "wrap_email")
    practitioner = {"id": email, "name": one(ready, "wrap_name"), "role": slug(one(ready, "wrap_role")), "email": email}
    return {"parent_ref": f"P{number}", "practitioner": practitioner}


def slug(text: str) -> str:
    """A role as a code: `Family support worker` is `family-support-worker`."""
    found = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
    return found if len(found) > 1 else "other"


def _measure(pages: Pages, number: int) -> dict[str, Any] | None:
    ready = pages.get(f"parent-{number}-ready", {})
    instrument, score = one(ready, "instrument"), one(ready, "instrument_score")
    if not instrument or not score:
        return None
    return {
        "subject_ref": f"P{number}",
        "instrument": instrument,
        "version": one(ready, "instrument_version"),
        "occasion": "baseline",
        "score": float(score),
    }


def _child(values: Values, number: int) -> dict[str, Any]:
    born, expected = day_of(values, "born"), day_of(values, "expected")
    pupil_number = one(values, "pupil_number")
    return {
        "ref": f"C{number}",
        "date_of_birth": born.isoformat() if born else None,
        "expected_on": expected.isoformat() if expected else None,
        "views": one(values, "views") or None,
        "views_source": one(values, "views_source"),
        "takes_part": _yes(values, "takes_part"),
        "identifiers": [{"kind": "upn", "value": pupil_number}] if pupil_number else [],
    }


def _yes(values: Values, name: str) -> bool:
    return one(values, name) == "yes"


_OF_A_PARENT: Sequence[tuple[str, str, str]] = (
    ("name.given", "", "given"),
    ("name.family", "", "family"),
    ("date_of_birth", "", "born"),
    ("demographics.", "", "*"),
    ("identifiers", "", "nhs_number"),
    ("contact.address.postcode", "-contact", "postcode"),
    ("contact.address", "-contact", "address"),
    ("contact.confidential_from_other_parent", "-contact", "confidential"),
    ("contact.", "-contact", "*"),
    ("conversation.answers.", "-talk", "*"),
    ("conversation.", "-talk", "*"),
    ("conversation", "-talk", "held"),
    ("role", "", "role"),
    ("parental_responsibility", "", "parental_responsibility"),
    ("twin", "", "twin"),
    ("", "-ready", "*"),
)
_OF_A_CHILD = {"date_of_birth": "born", "expected_on": "expected", "identifiers": "pupil_number"}
_OF_THE_FAMILY = {
    **dict.fromkeys(("family_ref", "area", "source", "relationship", "level_of_need"), "family"),
    **dict.fromkeys(("other_parent", "parents", "children"), "people"),
}


def place_of(field: str) -> tuple[str, str]:
    """The page and the question at which a field of the record was typed, such as `parents.0.name.given`."""
    of, _, rest = field.partition(".")
    position, _, inner = rest.partition(".")
    if of in ("parents", "children", "wrap_around", "measures") and position.isdigit():
        number = int(position) + 1
        if of == "children":
            first = inner.partition(".")[0]
            return f"child-{number}", _OF_A_CHILD.get(first, first)
        if of != "parents":
            return f"parent-{number}-ready", "wrap_around" if of == "wrap_around" else "instrument"
        prefix, part, question = next(each for each in _OF_A_PARENT if inner.startswith(each[0]))
        return f"parent-{number}{part}", inner.removeprefix(prefix).partition(".")[0] if question == "*" else question
    if of == "practitioner":
        return "you", rest or "name"
    return _OF_THE_FAMILY.get(of, "referral"), of
