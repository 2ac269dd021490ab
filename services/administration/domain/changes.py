"""What a change of the directory does, and whether somebody may make it. Pure: the entries are passed in.

Whether an entry is as its contract says, and refers to what there is, is decided by the rules of the file
(`shared/contracts/directory_reading.py`), as the command has it. Here is what is of the pages: how far somebody
reaches.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.administration.domain.directory import area_name, areas_of
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProviderRegistered,
    default_of,
)
from shared.contracts.directory_merge import FieldChange, differences
from shared.contracts.directory_programmes import with_programmes
from shared.contracts.directory_reading import Line, reference_findings

Entries = Mapping[str, DirectoryEntry]

_NOT_SIGNED = (
    "It has no signed sharing agreement, so nobody of it can be given an account until the day is entered on which it "
    "was signed."
)
_NO_BASIS = "It has no legal basis for sharing: its families are screened, and nothing can be referred."
_NEW_PARTY = (
    "Whoever runs Parley makes its sign-in for its own system, if it has one: by `parley access check --apply`. Its "
    "people can work in the pages without."
)


@dataclass(frozen=True)
class EntryChange:
    """What changes of one entry, and what follows from that, in words. `before` is None where it is new."""

    before: DirectoryEntry | None
    entry: DirectoryEntry
    fields: tuple[FieldChange, ...]
    effects: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What would be changed; `known` is what is in force now of every entry that was given."""

    changes: tuple[EntryChange, ...]
    unchanged: int
    known: Mapping[str, DirectoryEntry | None]


class RefusedChangeError(Exception):
    """A change that breaks rules; by line of the file, or 0."""

    def __init__(self, findings: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(text for _, text in findings))
        self.findings = sorted(findings)


class ChangedMeanwhileError(Exception):
    """Somebody else changed an entry since it was looked at: what is otherwise than it was seen, by key."""

    def __init__(self, changes: Mapping[str, tuple[FieldChange, ...]]) -> None:
        super().__init__(", ".join(changes))
        self.changes = changes


def plan(lines: Sequence[Line], registered: Entries, areas: Collection[str] | None) -> Plan:
    """What these entries would change. `areas` are those that somebody administers; None is all.

    Raises RefusedChangeError with every rule that is broken.
    """
    known = list(registered.values())
    findings = list(reference_findings(lines, known))
    entries = with_programmes([line.entry for line in lines], known)
    after = {**registered, **{entry.key(): entry for entry in entries}}
    changes = []
    for line, entry in zip(lines, entries, strict=True):
        before = registered.get(entry.key())
        if before == entry:
            continue
        if areas is not None and (beyond := _beyond(entry, registered, after, areas)):
            findings.append((line.number, f"{entry.key()}: {beyond}"))
        fields = differences(before, entry) if before else ()
        changes.append(EntryChange(before, entry, fields, tuple(_effects(before, entry))))
    if findings:
        raise RefusedChangeError(findings)
    seen = {entry.key(): registered.get(entry.key()) for entry in entries}
    return Plan(tuple(changes), len(entries) - len(changes), seen)


def since(seen: Mapping[str, Any], known: Mapping[str, DirectoryEntry | None]) -> dict[str, tuple[FieldChange, ...]]:
    """What is otherwise now than somebody saw it, by key. `seen` has each entry as JSON, or None."""
    found = {}
    for key, entry in known.items():
        was, now = seen.get(key), entry.model_dump(mode="json") if entry else None
        if was != now:
            before, after = was or {}, now or {}
            names = dict.fromkeys((*before, *after))
            found[key] = tuple(
                FieldChange(name, before.get(name), after.get(name))
                for name in names
                if before.get(name) != after.get(name)
            )
    return found


def may_change(entry: DirectoryEntry, entries: Entries, areas: Collection[str] | None) -> bool:
    """Whether all that an entry is of is somebody's to administer."""
    return areas is None or _beyond(entry, entries, entries, areas) is None


def _beyond(entry: DirectoryEntry, before: Entries, after: Entries, areas: Collection[str]) -> str | None:
    """Why an entry is not somebody's to change: it is of areas that others administer, before or afterwards."""
    old = before.get(entry.key())
    places = areas_of(entry, after) | (areas_of(old, before) if old else frozenset())
    if isinstance(entry, AreaRegistered) and old is None:
        return "An area is registered by whoever runs Parley."
    if isinstance(entry, AreaRegistered) and isinstance(old, AreaRegistered) and _reports_more(old, entry):
        return "smallest_group is lowered below what areas have that leave it out by whoever runs Parley alone."
    if not places:
        return "No area of yours uses it. In a file, give it together with what uses it."
    if others := sorted(places - frozenset(areas)):
        named = ", ".join(area_name(area, before) for area in others)
        return f"It is of {named} too. Whoever administers all of its areas changes it, or whoever runs Parley."
    return None


def _reports_more(old: AreaRegistered, new: AreaRegistered) -> bool:
    """Whether analysts would get facts of so few families that somebody may be recognised."""
    return new.smallest_group < min(old.smallest_group, default_of("smallest_group"))


def _effects(before: DirectoryEntry | None, entry: DirectoryEntry) -> list[str]:
    """What a change does to cases that are open, and to who works with them, where that follows from the rules."""
    match entry:
        case AreaRegistered():
            return _of_area(before if isinstance(before, AreaRegistered) else None, entry)
        case AgencyRegistered():
            found = [_NO_BASIS] if entry.legal_basis is None and not entry.left else []
            found += [_NOT_SIGNED] if entry.agreement_signed_on is None and not entry.left else []
            found += [_NEW_PARTY] if before is None else []
            if before is not None and getattr(before, "legal_basis", None) is None and entry.legal_basis is not None:
                found.append("Its families can be referred from now on.")
            return found + (_LEFT_AGENCY if entry.left and not (before and getattr(before, "left", False)) else [])
        case ProviderRegistered():
            found = [_NEW_PARTY] if before is None else []
            return found + (_LEFT_PROVIDER if entry.left and not (before and getattr(before, "left", False)) else [])
        case OfferRegistered():
            return _of_offer(before if isinstance(before, OfferRegistered) else None, entry)
        case _:
            return []


def _of_area(before: AreaRegistered | None, entry: AreaRegistered) -> list[str]:
    if before is None:
        return []
    found = [_OPEN_CASES]
    if entry.case_retention_months < before.case_retention_months:
        found.append(
            f"Families whose last case ended more than {entry.case_retention_months} months ago are erased by the next "
            "day's job. That cannot be undone."
        )
    if entry.automatic_agreement and not before.automatic_agreement:
        found.append("Clean cases are referred without a coordinator looking at them.")
    return found


_OPEN_CASES = (
    "What is decided of a case from now on goes by this, open cases too. What has been decided, and the times that are "
    "set already, stay as they are."
)
_LEFT_AGENCY = [
    "Its system loses its way in once whoever runs Parley takes that away (`parley access check --apply`). Keep its "
    "people from signing in under People. Its open cases go on; tell their coordinators."
]
_LEFT_PROVIDER = [
    "Its system loses its way in once whoever runs Parley takes that away (`parley access check --apply`). End its "
    "offers too, and keep its people from signing in under People. Families that are with it stay with it until "
    "somebody returns them: tell their coordinators."
]


def _of_offer(before: OfferRegistered | None, entry: OfferRegistered) -> list[str]:
    if before is None:
        return ["Families whom it fits are referred to it from now on."]
    found = []
    if entry.is_over and not before.is_over:
        found.append("No new family gets it. Families that wait for it go back to a person; who has it keeps it.")
    if before.is_over and not entry.is_over:
        found.append("Families whom it fits are referred to it again from now on.")
    if entry.capacity != before.capacity:
        lower = entry.capacity is not None and (before.capacity is None or entry.capacity < before.capacity)
        found.append(
            "Who has a place keeps it; new places are given once fewer families than that are with it."
            if lower
            else "Families that wait for it are given the new places in their order."
        )
    if (entry.eligibility, entry.parents_needed, entry.access) != (
        before.eligibility,
        before.parents_needed,
        before.access,
    ):
        found.append("It counts for whoever is referred from now on; who has a place or was agreed keeps it.")
    if (entry.unit_cost_pence, entry.unit_cost_for) != (before.unit_cost_pence, before.unit_cost_for):
        found.append("Figures of what help costs go by the new price, for cases of the past too.")
    return found
