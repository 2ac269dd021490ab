"""What is certain in a record that was refused: a sign of abuse, that a parent does not agree, and whose family it is.

A record can be refused for a typing error in a postcode. What it discloses is not less true for that, and a family must
not go on to mediation because somebody mends the postcode tomorrow. So a refused record is read once more, leniently
(`lenient_json`), for these alone; nothing else in it takes effect. Source: `docs/pathway.md`, what can't be so.

- A sign of abuse: `yes` to an abuse indicator, anywhere in the record; `other_parent` unsafe to contact; an
  answer to a registered risk item at its threshold. Among several answers to one indicator a yes counts.
- A parent does not agree: `agrees_to_referral` is false, in one of its values where it is given more than once.
- In a text that is no JSON, the same where the field is directly before its value.

An answer that is missing, unsure or cannot be read is none of this: the record is refused, which lets nobody through.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from typing import TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from services.screening.domain.lenient_json import Node, Pairs, decoded, read_leniently
from services.screening.domain.readable_people import ReadableFamily, readable_family
from shared.contracts.base import AreaCode, Reference
from shared.contracts.instruments import Risk, judge_items
from shared.contracts.vocabulary import UNSAFE_OTHER_PARENT, AbuseIndicator
from shared.contracts.written import read_timestamp

_INDICATORS = frozenset(AbuseIndicator)
_YES = frozenset({"yes", "true", "y"})
_NO = frozenset({"false", "no"})
# A record inside a record: some clients write JSON into a string. Not for ever.
_DEEPEST = 3
# So many that came as one are read apart; of more, what is certain is of them all.
_MOST_RECORDS = 50


class _Asked(Enum):
    """What the key before a value asks."""

    ABUSE = auto()
    AGREES = auto()
    OTHER_PARENT = auto()


_ASKED = {
    **dict.fromkeys(map(str, _INDICATORS), _Asked.ABUSE),
    "agrees-to-referral": _Asked.AGREES,
    "other-parent": _Asked.OTHER_PARENT,
}

_BETWEEN = r"\\*[\"']?\s*[:=]\s*\[?\s*\\*[\"']?"
_YES_IN_TEXT = re.compile(
    rf"(?<![\w-])(?:{'|'.join(each.replace('-', '[-_ ]') for each in sorted(_INDICATORS))}){_BETWEEN}(?:yes|true)\b",
    re.IGNORECASE,
)
_UNSAFE_IN_TEXT = re.compile(rf"\bother_parent{_BETWEEN}(?:{'|'.join(sorted(UNSAFE_OTHER_PARENT))})\b", re.IGNORECASE)
_DISAGREES_IN_TEXT = re.compile(rf"\bagrees_to_referral{_BETWEEN}(?:false|no)\b", re.IGNORECASE)

_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)
_AREA: TypeAdapter[str] = TypeAdapter(AreaCode)


@dataclass(frozen=True)
class Salvaged:
    """What is certain in a refused record, or in one of several that came as one.

    `not_agreeing` are the refs of those who are known not to agree, where the record names them; `family_refs` are
    several where it names more than one family; `family` is who can be read of the people.
    """

    sign_of_abuse: bool = False
    parent_does_not_agree: bool = False
    not_agreeing: tuple[str, ...] = ()
    family_refs: tuple[str, ...] = ()
    area: str | None = None
    submission_id: UUID | None = None
    supersedes: UUID | None = None
    submitted_at: datetime | None = None
    family: ReadableFamily = field(default_factory=ReadableFamily)

    @property
    def stops(self) -> bool:
        """Whether there is anything in it that stops a case."""
        return self.sign_of_abuse or self.parent_does_not_agree


def salvage(value: bytes | None) -> list[Salvaged]:
    """What is certain in a record's value: one entry, or one for each record where several came as one.

    Never raises, whatever the bytes are.
    """
    if not value:
        return [Salvaged()]
    text = decoded(value)
    node, well_formed = read_leniently(text)
    for _ in range(_DEEPEST):
        if not isinstance(node, str):
            break
        text = node
        node, well_formed = read_leniently(text)
    if isinstance(node, list) and not isinstance(node, Pairs):
        several = [each for each in node if isinstance(each, Pairs) and each]
        if 1 < len(several) <= _MOST_RECORDS:
            parts = [_read(each) for each in several]
            if all(each.family_refs or not each.stops for each in parts):
                return parts
    whole = _read(node)
    return [whole if well_formed else _with_plain_text(whole, text)]


def _with_plain_text(found: Salvaged, text: str) -> Salvaged:
    """Where quotes or brackets are missing, a reader can be a string off: a field right before its value is certain."""
    return replace(
        found,
        sign_of_abuse=found.sign_of_abuse or bool(_YES_IN_TEXT.search(text) or _UNSAFE_IN_TEXT.search(text)),
        parent_does_not_agree=found.parent_does_not_agree or bool(_DISAGREES_IN_TEXT.search(text)),
    )


class _Facts:
    """What one walk over a record finds."""

    def __init__(self) -> None:
        self.sign = False
        self.disagrees = False
        self.refs: list[str] = []
        # Of each field by which the record is recognised, what is nearest to the top.
        self.named: dict[str, tuple[int, list[str]]] = {}

    def name(self, field: str, depth: int, value: str) -> None:
        nearest, values = self.named.setdefault(field, (depth, []))
        if depth < nearest:
            self.named[field] = (depth, [value])
        elif depth == nearest:
            values.append(value)

    def values(self, field: str) -> list[str]:
        return list(dict.fromkeys(self.named.get(field, (0, []))[1]))


T = TypeVar("T")
_NAMING = frozenset({"family_ref", "area", "submission_id", "supersedes", "submitted_at"})


def _read(root: Node) -> Salvaged:
    facts = _walk(root)
    return Salvaged(
        sign_of_abuse=facts.sign,
        parent_does_not_agree=facts.disagrees,
        not_agreeing=tuple(dict.fromkeys(facts.refs)),
        family_refs=tuple(_valid(_REFERENCE, facts.values("family_ref"))),
        area=_only(_valid(_AREA, facts.values("area"))),
        submission_id=_only(_uuids(facts.values("submission_id"))),
        supersedes=_only(_uuids(facts.values("supersedes"))),
        submitted_at=_only(_times(facts.values("submitted_at"))),
        family=readable_family(root),
    )


def _walk(root: Node) -> _Facts:
    """Every value once, with what the nearest key above it asks. Without recursion: texts can be nested deeply."""
    facts = _Facts()
    waiting: list[tuple[Node, _Asked | None, int]] = [(root, None, 0)]
    while waiting:
        node, asked, depth = waiting.pop()
        if isinstance(node, Pairs):
            _look_at_object(facts, node)
            for key, value in node:
                own = _ASKED.get(_code(key))
                if isinstance(value, list):
                    waiting.append((value, own or asked, depth + 1))
                else:
                    _look_at_answer(facts, own or asked, value, direct=own is not None)
                    if key in _NAMING and isinstance(value, str):
                        facts.name(key, depth, value)
                    if depth < _DEEPEST and isinstance(value, str) and value.lstrip()[:1] == "{":
                        waiting.append((read_leniently(value)[0], None, depth + 1))
        elif isinstance(node, list):
            for value in node:
                if isinstance(value, list):
                    waiting.append((value, asked, depth + 1))
                else:
                    _look_at_answer(facts, asked, value, direct=True)
            _look_at_pair(facts, node)
    return facts


def _look_at_answer(facts: _Facts, asked: _Asked | None, value: Node, *, direct: bool) -> None:
    """`direct`: the key that asks is the value's own, so a boolean is its answer."""
    if asked is _Asked.ABUSE:
        facts.sign |= (direct and value is True) or _code(value) in _YES
    elif asked is _Asked.OTHER_PARENT:
        facts.sign |= _code(value) in UNSAFE_OTHER_PARENT
    elif asked is _Asked.AGREES:
        facts.disagrees |= direct and (value is False or _code(value) in _NO)


def _look_at_object(facts: _Facts, members: Pairs) -> None:
    """What only several members together show."""
    by_key: dict[str, list[Node]] = {}
    for key, value in members:
        by_key.setdefault(key, []).append(value)
    if any(each is False or _code(each) in _NO for each in by_key.get("agrees_to_referral", ())):
        facts.refs += _valid(_REFERENCE, [ref for ref in by_key.get("ref", ()) if isinstance(ref, str)])[:1]
    if "items" in by_key and any(_signals(by_key.get("instrument", ()), each) for each in by_key["items"]):
        facts.sign = True
    _look_at_pair(facts, [value for _, value in members if isinstance(value, str)])


def _look_at_pair(facts: _Facts, values: Sequence[Node]) -> None:
    """An indicator beside its answer, as in `{"indicator": "physical-harm", "answer": "yes"}`."""
    if len(values) <= 4:
        codes = {_code(each) for each in values}
        facts.sign |= bool(codes & _INDICATORS) and bool(codes & _YES)


def _signals(instruments: Iterable[Node], items: Node) -> bool:
    """Whether an answer to a risk item of one of these instruments is at its threshold, each answer by itself."""
    if not isinstance(items, Pairs):
        return False
    codes = [each for each in instruments if isinstance(each, str)]
    answers = [(name, number) for name, value in items if (number := _number(value)) is not None]
    return any(judge_items(code, {name: number}) is Risk.SIGNALS for code in codes for name, number in answers)


def _number(value: Node) -> float | None:
    try:
        return None if isinstance(value, bool | list) or value is None else float(value)
    except ValueError:
        return None


def _code(value: Node) -> str:
    """A code as it was meant: small letters, hyphens between, nothing around."""
    return value.strip().lower().replace("_", "-").replace(" ", "-") if isinstance(value, str) else ""


def _only(values: Iterable[T]) -> T | None:
    """The value, where there is just one: of two nobody knows which was meant."""
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else None


def _valid(form: TypeAdapter[str], values: Iterable[str]) -> list[str]:
    return [each for each in values if _holds(form, each)]


def _holds(form: TypeAdapter[str], value: str) -> bool:
    try:
        form.validate_python(value)
    except ValidationError:
        return False
    return True


def _uuids(values: Iterable[str]) -> Iterator[UUID]:
    for each in values:
        try:
            yield UUID(each)
        except ValueError:
            continue


def _times(values: Iterable[str]) -> Iterator[datetime]:
    for each in values:
        try:
            yield read_timestamp(each)
        except PydanticCustomError:
            continue
