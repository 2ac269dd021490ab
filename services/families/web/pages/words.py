"""What agrees between two families, what was decided and why, in a coordinator's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.families.domain.links import AUTOMATIC, BY_EVIDENCE, TAKEN_BACK
from shared.contracts.families import LinkReason

REASONS: Mapping[str, str] = {
    LinkReason.WORKERS_SPOKE: "The two workers have spoken",
    LinkReason.SAME_PEOPLE: "They are the same people",
    LinkReason.SAME_CHILDREN: "They have the same children",
    LinkReason.IDENTIFIER_CHECKED: "A number was checked, such as an NHS number",
    LinkReason.FAMILY_SAID_SO: "The family said so",
    LinkReason.OTHER_PEOPLE: "They are other people",
    LinkReason.RELATIVES: "They are relatives",
    LinkReason.NEW_PARTNER: "One parent has a new partner",
    LinkReason.LINKED_IN_ERROR: "They were joined by mistake",
    LinkReason.COORDINATORS_SPOKE: "The coordinators of both areas have spoken",
    LinkReason.OTHER: "Another reason",
}
_BY_ITSELF = {
    AUTOMATIC: "found by matching",
    BY_EVIDENCE: "by the evidence",
    TAKEN_BACK: "a screening was taken back",
}
DONE: Mapping[str, str] = {
    "linked": "Joined by matching",
    "confirmed": "Joined by a person",
    "rejected": "Kept apart by a person",
    "noted": "Noted: the coordinators of both areas have spoken",
    "separated": "Separated",
}
STATUSES: Mapping[str, str] = {
    "open": "Waits for you",
    "linked": "One family",
    "rejected": "Two families",
    "noted": "Noted, in two areas",
    "cut": "Separated",
}
_LEVELS: Mapping[str, str] = {
    "same": "The same",
    "alike": "Nearly the same",
    "differs": "Different",
    "missing": "Not known for both",
}
_FIELDS: Mapping[str, str] = {
    "given": "given name",
    "family": "family name",
    "born": "date of birth",
    "postcode": "postcode",
    "phone": "phone number",
    "email": "email address",
    "identifier": "number, such as an NHS number",
}


def in_order(reasons: Sequence[LinkReason] | frozenset[LinkReason]) -> list[tuple[str, str]]:
    """Codes with their words, and the one for any other reason last."""
    return [
        (code.value, REASONS[code])
        for code in sorted(reasons, key=lambda each: (each is LinkReason.OTHER, REASONS[each]))
    ]


def compared(fields: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What was compared and how it compares, never what it is. Empty where a person joined the two without evidence."""
    if not fields:
        return []
    lines = []
    parents = fields.get("parents", [])
    for number, pattern in enumerate(parents, 1):
        whose = f"Parent {number}" if len(parents) > 1 else "The parent"
        lines += [(f"{whose}: {text}", _LEVELS[pattern[field]]) for field, text in _FIELDS.items() if field in pattern]
    lines.append(("The children’s dates of birth", _LEVELS[fields.get("children", "missing")]))  # noqa: RUF001
    lines.append(("Where they live, or a shared phone or email", _LEVELS[fields.get("house", "missing")]))
    return lines


def alike_in(fields: Mapping[str, Any] | None) -> str:
    """In one line, in what two families agree."""
    agree = [what for what, level in compared(fields) if level in (_LEVELS["same"], _LEVELS["alike"])]
    return "; ".join(agree) or "Nothing that could be compared"


def lines_of(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The history of links in words, the newest first."""
    return [
        {
            "at": line["at"],
            "what": DONE[line["what"]],
            "by": "" if line["by"] in _BY_ITSELF else line["by"],
            "why": REASONS.get(line["reason"]) or _BY_ITSELF.get(line["reason"]) or _BY_ITSELF.get(line["by"], ""),
        }
        for line in reversed(history)
    ]
