"""Kinds of data: how careful one has to be, whose they are, how they rest, who may get them and how long they are kept.

They are in `kinds.yaml` and `schedules.yaml`, which are read by people as much as by this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml

FOLDER = Path(__file__).parent
# What says who somebody is, how they are reached, or whatever a person wrote, never rests as it is.
NEVER_CLEAR = frozenset({"identifying", "contact", "free-text"})
WHOSE = frozenset({"parent", "child", "practitioner", "staff", "organisation", "nobody"})
_ABOUT_PEOPLE = frozenset({"parent", "child", "practitioner", "staff"})
# Of free text only what the person said themselves is theirs without a decision.
_OWN_WORDS = "person-words"


class RegisterError(ValueError):
    """The register contradicts itself. Names the file and the entry."""


@dataclass(frozen=True)
class Term:
    """How long a job keeps something: months or days, what is usual, the least and the most, and an area's setting."""

    unit: Literal["months", "days"]
    usual: int
    least: int
    most: int
    setting: str | None = None


@dataclass(frozen=True)
class Schedule:
    """How long something is kept, why, by which source of law, and what ends it. `area_decides`: what each area has to
    set for itself. `term`: what a job goes by.
    """

    lasts: str
    because: str
    source: str
    done_by: str
    area_decides: str | None = None
    term: Term | None = None


@dataclass(frozen=True)
class Kind:
    """One kind of data. `sensitivity`, `at_rest`, `goes` and `kept` are keys of the register's own lists.

    `within` are the kinds of box that it rests in, where it has no column of its own. `access` says what becomes of it
    when the person whose it is asks for what is held of them; None for what is about nobody.
    """

    name: str
    sensitivity: str
    whose: tuple[str, ...]
    at_rest: str
    goes: frozenset[str]
    kept: str
    what: str
    within: tuple[str, ...] = ()
    access: str | None = None

    @property
    def is_personal(self) -> bool:
        """Whether it is about somebody, if only by an id: what an organisation publishes, and machinery, is not."""
        return self.sensitivity not in ("public", "machinery") and not _ABOUT_PEOPLE.isdisjoint(self.whose)


@dataclass(frozen=True)
class Kinds:
    """All kinds, with what their words mean."""

    classes: Mapping[str, str]
    storage: Mapping[str, str]
    access: Mapping[str, str]
    parties: Mapping[str, str]
    schedules: Mapping[str, Schedule]
    kinds: Mapping[str, Kind]

    def __getitem__(self, name: str) -> Kind:
        return self.kinds[name]


@cache
def kinds() -> Kinds:
    """The kinds of `kinds.yaml`. Raises RegisterError where a kind uses a word that is not explained, or may not."""
    read: dict[str, Any] = yaml.safe_load((FOLDER / "kinds.yaml").read_text(encoding="utf-8"))
    schedules: dict[str, Any] = yaml.safe_load((FOLDER / "schedules.yaml").read_text(encoding="utf-8"))
    made = Kinds(
        read["classes"],
        read["resting"],
        read["access"],
        read["parties"],
        {name: _schedule(name, entry) for name, entry in schedules.items()},
        {name: _kind(name, entry) for name, entry in read["kinds"].items()},
    )
    for kind in made.kinds.values():
        for finding in _findings(kind, made):
            raise RegisterError(f"kinds.yaml: {kind.name}: {finding}")
    return made


def _schedule(name: str, entry: Mapping[str, Any]) -> Schedule:
    term = entry.get("term")
    if term is None:
        return Schedule(**entry)
    unit = "months" if "months" in term else "days"
    made = Term(cast("Literal['months', 'days']", unit), term[unit], term["least"], term["most"], term.get("setting"))
    if not 0 < made.least <= made.usual <= made.most:
        raise RegisterError(f"schedules.yaml: {name}: what is usual must be between the least and the most")
    return Schedule(**{**entry, "term": made})


def _kind(name: str, entry: Mapping[str, Any]) -> Kind:
    whose = tuple(entry["whose"].split(", "))
    return Kind(
        name,
        entry["class"],
        whose,
        entry["rests"],
        frozenset(entry["goes"]),
        entry["kept"],
        entry["is"].strip(),
        tuple(entry.get("within", ())),
        entry.get("access"),
    )


def _findings(kind: Kind, all_of_it: Kinds) -> list[str]:
    unknown = {
        "class": {kind.sensitivity} - all_of_it.classes.keys(),
        "rests": {kind.at_rest} - all_of_it.storage.keys(),
        "goes": kind.goes - all_of_it.parties.keys(),
        "kept": {kind.kept} - all_of_it.schedules.keys(),
        "whose": set(kind.whose) - WHOSE,
        "within": set(kind.within) - all_of_it.kinds.keys(),
        "access": {each for each in (kind.access,) if each is not None} - all_of_it.access.keys(),
    }
    findings = [f"{field} has no {sorted(words)[0]}" for field, words in unknown.items() if words]
    if kind.sensitivity in NEVER_CLEAR and kind.at_rest == "clear":
        findings.append(f"what is {kind.sensitivity} must not rest as it is")
    if kind.is_personal and kind.access is None:
        findings.append("what becomes of it when its person asks for it is not said (access)")
    if kind.sensitivity in ("safety", "free-text") and kind.access == "given" and kind.name != _OWN_WORDS:
        findings.append(f"what is {kind.sensitivity} is withheld until somebody decides")
    return findings
