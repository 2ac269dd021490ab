"""Whose account somebody may administer: those of their own areas alone. Pure: entries and accounts are passed in.

Which roles go with which areas, agency and provider is decided by the rules of the command
(`shared/access/accounts.py`).
"""

from collections.abc import Collection, Mapping

from services.administration.domain.directory import area_name, areas_of
from shared.access.accounts import GIVES, Person, problems
from shared.access.roles import Role
from shared.contracts.directory import DirectoryEntry

_OWN = "This is your own account. Whoever runs Parley changes it."


def places_of(person: Person, entries: Mapping[str, DirectoryEntry]) -> frozenset[str]:
    """The areas in which somebody reaches anything: their own, else all of their agency or provider."""
    if person.areas:
        return frozenset(person.areas)
    party = entries.get(f"agency/{person.agency}") or entries.get(f"provider/{person.provider}")
    return areas_of(party, entries) if party else frozenset()


def is_of(person: Person, entries: Mapping[str, DirectoryEntry], areas: Collection[str]) -> bool:
    """Whether somebody works in one of these areas."""
    return not places_of(person, entries).isdisjoint(areas)


def why_not(
    person: Person, entries: Mapping[str, DirectoryEntry], areas: Collection[str], me: str, role: Role
) -> str | None:
    """Why somebody of this role who signs in as `me` may not administer this account; None where they may."""
    if person.name.casefold() == me.casefold():
        return _OWN
    if beyond := sorted(frozenset(person.roles) - GIVES.get(role, frozenset())):
        return f"Only whoever runs Parley gives or takes away the role {', '.join(beyond)}."
    if others := sorted(places_of(person, entries) - frozenset(areas)):
        named = ", ".join(area_name(area, entries) for area in others)
        return f"They work in {named} too. Whoever administers all of their areas changes them, or whoever runs Parley."
    return None


def findings(
    person: Person, entries: Mapping[str, DirectoryEntry], areas: Collection[str], me: str, role: Role
) -> list[str]:
    """Why an account cannot be as it is wanted: each a sentence, none where all is well."""
    found = problems(person, entries.values())
    if found:
        return found
    if beyond := why_not(person, entries, areas, me, role):
        return [beyond]
    return [] if is_of(person, entries, areas) else ["They would work in no area of yours."]
