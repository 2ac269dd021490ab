"""The forms of the directory's entries: which fields they have, what somebody typed, and what of it is a change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProviderRegistered,
)
from shared.contracts.directory_merge import WITHIN, completed
from shared.contracts.directory_reading import Line
from shared.contracts.directory_words import in_words
from shared.contracts.offer import Eligibility
from shared.contracts.vocabulary import Audience, Delivery, FrontDoorKind, LevelOfNeed, Relationship
from shared.messaging.core.records import Finding
from shared.web.forms import Form

Kind = Literal["text", "words", "number", "day", "yes", "one", "many"]
_DAY = re.compile(r"(\d{1,2})[/. ](\d{1,2})[/. ](\d{4})")
_PLACES = "areas"


@dataclass(frozen=True)
class Box:
    """A field of a form: its path in the entry, such as `eligibility.relationship`, and how it is asked for."""

    name: str
    label: str
    kind: Kind = "text"
    hint: str = ""
    options: tuple[str, ...] = ()

    @property
    def top(self) -> str:
        """The field of the entry that it is, or is within."""
        return self.name.partition(".")[0]


MODELS: Mapping[str, type[DirectoryEntry]] = {
    "area": AreaRegistered,
    "agency": AgencyRegistered,
    "provider": ProviderRegistered,
    "offer": OfferRegistered,
}
"""What has a form. Regions and programmes are changed by the file."""


def _many(codes: type[StrEnum]) -> tuple[str, ...]:
    return tuple(each.value for each in codes)


def _signpost(name: str, what: str) -> tuple[Box, ...]:
    return (
        Box(f"{name}.name", f"{what}: name"),
        Box(f"{name}.phone", f"{what}: telephone (optional)"),
        Box(f"{name}.url", f"{what}: web address (optional)"),
    )


def _settings() -> tuple[Box, ...]:
    """The settings of an area that are a number, yes or no, or one of a list."""
    found = []
    for name, field in AreaRegistered.model_fields.items():
        kinds = [each for each in (get_args(field.annotation) or (field.annotation,)) if each is not type(None)]
        if name == "kind" or field.is_required():
            continue
        label, hint = (field.description or name).replace("`", ""), f"If left out: {in_words(field.default)}"
        if kinds == [bool]:
            found.append(Box(name, label, "yes"))
        elif kinds == [int]:
            found.append(Box(name, label, "number", hint))
        elif get_origin(field.annotation) is Literal:
            found.append(Box(name, label, "one", options=tuple(get_args(field.annotation))))
    return tuple(found)


_LEFT = Box("left", "It takes part no longer", "yes")
_OFFER = (
    Box("name", "Name (optional)"),
    Box("description", "Description (optional)", "words"),
    Box("capacity", "Families at once", "number", "Leave it empty where there is no limit"),
    Box("waiting_list", "Families that may wait at once", "number", "Empty: no limit. 0: there is no waiting list"),
    Box("unit_cost_pence", "What you pay for it, in pence (optional)", "number", "Such as 45000 for £450"),
    Box("unit_cost_for", "What that is paid for", "one", options=("completed-case", "started-case", "session")),
    Box("cost_to_family.amount_pence", "What a family pays itself, in pence (optional)", "number"),
    Box("cost_to_family.per", "Who pays that each time", "one", options=("family", "parent", "session")),
    Box("sessions", "Number of sessions (optional)", "number"),
    Box("priority", "Order among offers that fit", "number", "The lowest number comes first"),
    Box("assured_on", "Day on which it was last looked at and found good (optional)", "day", "Such as 17/3/2026"),
    Box("parents_needed", "Who has to take part", "one", options=("one", "both")),
    Box("interpreter", "An interpreter counts", "one", options=("as-spoken", "after-spoken", "none")),
    Box("delivery", "How it comes to a family", "many", options=_many(Delivery)),
    Box("eligibility.relationship", "How the parents live", "many", "None chosen: any", _many(Relationship)),
    Box("eligibility.levels_of_need", "Levels of need", "many", "None chosen: any", _many(LevelOfNeed)),
    Box("eligibility.audience", "For whom", "many", "None chosen: anybody. One is enough", _many(Audience)),
    Box("eligibility.child_age_from", "Age of a child, from (optional)", "number"),
    Box("eligibility.child_age_to", "Age of a child, to (optional)", "number"),
    Box("eligibility.every_child_of_age", "Every child must be of that age", "yes"),
    Box("eligibility.no_young_child", "Not where a child is young", "yes"),
    Box("eligibility.children_take_part", "Children take part", "yes"),
    Box("eligibility.every_parent_has_parental_responsibility", "Every parent has parental responsibility", "yes"),
    Box("ended", "It has ended: no new family gets it", "yes"),
)
BOXES: Mapping[str, tuple[Box, ...]] = {
    "area": (
        Box("name", "Name"),
        *_settings(),
        Box("lead.name", "Who answers for the area: name (optional)"),
        Box("lead.email", "Who answers for the area: e-mail address"),
        *_signpost("universal_offer", "What a family is supported to use first"),
        *_signpost("specialist_support", "Where a practitioner turns with a sign of domestic abuse"),
    ),
    "agency": (
        Box("name", "Name"),
        Box("sources", "Kinds of front door", "many", options=_many(FrontDoorKind)),
        Box("email", "E-mail address of its team (optional)", hint="It is written to where a parent asks it for help"),
        Box("legal_basis", "Legal basis on which it shares (optional)", hint="A code, such as public-task"),
        Box(
            "agreement_signed_on",
            "Day on which its sharing agreement was signed (optional)",
            "day",
            "Such as 17/3/2026. Nobody of it gets an account before",
        ),
        _LEFT,
    ),
    "provider": (
        Box("name", "Name"),
        Box("email", "E-mail address for news of referrals (optional)"),
        Box("reads", "Where it reads what it is sent", "one", "In the pages, or by its own system", ("pages", "topic")),
        _LEFT,
    ),
    "offer": _OFFER,
}
_ID = Box("id", "Id", hint="Small letters, digits and dashes. It stays for ever")


def boxes_of(kind: str, *, new: bool, areas: Mapping[str, str], providers: Mapping[str, str]) -> tuple[Box, ...]:
    """The fields of the form for a kind of entry. `areas` and `providers` are those that may be chosen."""
    if not new:
        return BOXES[kind]
    places = (Box(_PLACES, "Areas", "many", options=tuple(areas)),)
    if kind == "offer":
        service = Box("service", "Kind of help", hint="A code, such as mediation or family-counselling")
        return (_ID, Box("provider", "Provider", "one", options=tuple(providers)), service, *places, *_OFFER[:-1])
    return (_ID, *places, *(box for box in BOXES[kind] if box.name != "left"))


def typed(boxes: tuple[Box, ...], form: Form) -> dict[str, Any]:
    """What somebody typed, by field, in the terms of the entry; what cannot be read stays as it is typed."""
    return {box.name: _value(box, form) for box in boxes}


def stored(boxes: tuple[Box, ...], entry: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry has in these fields."""
    return {box.name: _within(entry, box.name) for box in boxes}


def given(boxes: tuple[Box, ...], values: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry that differ from what somebody saw of it, as a file would have them."""
    before = stored(boxes, entry)
    changed = {box.top for box in boxes if values[box.name] != before[box.name]}
    found: dict[str, Any] = {}
    for box in boxes:
        if box.top not in changed:
            continue
        if box.name == box.top:
            found[box.top] = values[box.name]
        elif box.top not in WITHIN or values[box.name] != before[box.name]:
            found.setdefault(box.top, {})[box.name.partition(".")[2]] = values[box.name]
    return {name: _whole(name, value) for name, value in found.items()}


class InvalidEntryError(Exception):
    """What was typed breaks the contract of the entry."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.rule}" for each in findings))
        self.findings = findings


def line_of(kind: str, name: str, fields: Mapping[str, Any], registered: Mapping[str, DirectoryEntry]) -> Line:
    """The complete entry, as the file's rules complete and check it. Raises InvalidEntryError."""
    try:
        return Line(0, completed(MODELS[kind], {"id": name, **fields}, registered))
    except ValidationError as error:
        raise InvalidEntryError([_finding(each) for each in error.errors(include_url=False)]) from None


def shown(boxes: tuple[Box, ...], values: Mapping[str, Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The fields for a template."""
    found = []
    for box in boxes:
        value = values.get(box.name)
        chosen = value if isinstance(value, list) else [value]
        options = [
            {"value": each, "text": names.get(each, each.replace("-", " ").capitalize()), "checked": each in chosen}
            for each in box.options
        ]
        text = "" if value is None or isinstance(value, list | bool) else _text(box, str(value))
        one = {"name": box.name, "label": box.label, "kind": box.kind, "hint": box.hint, "value": text}
        found.append({**one, "on": value is True, "options": options})
    return found


def _text(box: Box, value: str) -> str:
    if box.kind == "day" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        day = date.fromisoformat(value)
        return f"{day.day}/{day.month}/{day.year}"
    return value


def _value(box: Box, form: Form) -> Any:
    text = form.get(box.name)
    match box.kind:
        case "yes":
            return text == "yes"
        case "many":
            return [each for each in box.options if each in form.all(box.name)]
        case "number":
            return int(text) if re.fullmatch(r"-?\d{1,9}", text) else text or None
        case "day":
            return _day(text) or text or None
        case _:
            return text or None


def _day(text: str) -> str | None:
    if found := _DAY.fullmatch(text):
        try:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        except ValueError:
            return None
    return None


def _within(entry: Mapping[str, Any], name: str) -> Any:
    value: Any = entry
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None and name.startswith("eligibility."):
        default = Eligibility.model_fields[name.partition(".")[2]].default
        return list(default) if isinstance(default, list) else default
    return value


def _whole(name: str, value: Any) -> Any:
    """A value that is given whole: none at all where nothing of it was typed."""
    if name in WITHIN or not isinstance(value, dict):
        return value
    parts = {key: part for key, part in value.items() if part is not None}
    return parts if parts.keys() - {"per"} else None


def _finding(problem: Mapping[str, Any]) -> Finding:
    message = str(problem["msg"]).removeprefix("Value error, ").replace("Input should be", "It must be")
    field = ".".join(str(each) for each in problem["loc"] if not isinstance(each, int))
    if not field and ": " in message:
        field, _, message = message.partition(": ")
        field = field.partition(",")[0]
    return Finding(field or "entry", message[:1].upper() + message[1:])
