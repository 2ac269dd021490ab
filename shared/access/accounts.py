"""Accounts of people: which roles go with which areas, agency and provider, and which role gives which.

The command `parley people` and the pages of whoever administers an area go by the same rules.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.access.roles import Role
from shared.contracts.directory import AgencyRegistered, AreaRegistered, DirectoryEntry, ProviderRegistered

ROLES: tuple[str, ...] = tuple(Role)
OF_AN_AGENCY = frozenset({"practitioner", "team-manager"})
OF_A_PROVIDER = frozenset({"provider-worker", "provider-manager"})
OF_AN_AREA = frozenset({"coordinator", "panel-member", "analyst", "trainer", "area-administrator"})
GIVES: Mapping[Role, frozenset[str]] = {
    Role.AREA_ADMINISTRATOR: frozenset(
        {
            Role.PRACTITIONER,
            Role.TEAM_MANAGER,
            Role.COORDINATOR,
            Role.PANEL_MEMBER,
            Role.TRAINER,
            Role.PROVIDER_WORKER,
            Role.PROVIDER_MANAGER,
        }
    )
}
"""Which roles somebody of a role gives on the pages (ours). Nobody gives their own, nor one that reaches beyond an
area: whoever runs Parley gives these by the command."""


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in. `name` is what they sign in as; areas, agency and provider are the directory's ids."""

    name: str
    roles: tuple[str, ...]
    areas: tuple[str, ...] = ()
    agency: str | None = None
    provider: str | None = None
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    enabled: bool = True


def problems(person: Person, entries: Iterable[DirectoryEntry]) -> list[str]:
    """Why this person cannot be added: each a sentence, none where all is well."""
    known = list(entries)
    areas = {entry.id for entry in known if isinstance(entry, AreaRegistered)}
    front_doors = {entry.id: entry for entry in known if isinstance(entry, AgencyRegistered)}
    agencies = {name: set(entry.areas) for name, entry in front_doors.items()}
    providers = {entry.id for entry in known if isinstance(entry, ProviderRegistered)}
    given = set(person.roles)
    found = [f"There is no role {role}; there are {', '.join(ROLES)}." for role in sorted(given - set(ROLES))]
    found += [f"The directory has no area {area}." for area in person.areas if area not in areas]
    if person.agency and person.agency not in agencies:
        found.append(f"The directory has no agency {person.agency}.")
    if person.agency in front_doors and front_doors[person.agency].agreement_signed_on is None:
        found.append(
            f"{person.agency} has no signed sharing agreement, and nobody of it gets an account before: its entry of "
            "the directory says when it was signed (agreement_signed_on)."
        )
    if person.provider and person.provider not in providers:
        found.append(f"The directory has no provider {person.provider}.")
    if not given:
        found.append("A person needs a role.")
    if person.agency and person.provider:
        found.append("Nobody is of an agency and of a provider: what one knows is not for the other.")
    if given & OF_AN_AGENCY and given & OF_A_PROVIDER:
        found.append("Nobody has a role at a front door and at a provider.")
    found += _unfit_scope("agency", person.agency, given, OF_AN_AGENCY)
    found += _unfit_scope("provider", person.provider, given, OF_A_PROVIDER)
    found += _unfit_scope("area", person.areas, given, OF_AN_AREA | OF_AN_AGENCY, needed=OF_AN_AREA)
    if person.agency in agencies:
        found += [
            f"{person.agency} is not in {area}."
            for area in person.areas
            if area in areas and given <= OF_AN_AGENCY and area not in agencies[person.agency]
        ]
    return found


def _unfit_scope(
    what: str, value: object, given: set[str], may: frozenset[str], *, needed: frozenset[str] | None = None
) -> list[str]:
    article = "an" if what[0] in "aeiou" else "a"
    if without := sorted(given & (may if needed is None else needed)) if not value else []:
        return [f"{', '.join(without)}: needs {article} {what}."]
    if value and not given & may:
        return [f"{', '.join(sorted(given)) or 'Nobody'}: is not of {article} {what}."]
    return []


def attributes_of(areas: Iterable[str], agency: str | None, provider: str | None) -> dict[str, list[str]]:
    """The attributes by which Keycloak says of which areas, agency and provider somebody is."""
    values = {
        "areas": list(areas),
        "agency": [agency] if agency else [],
        "provider": [provider] if provider else [],
    }
    return {key: value for key, value in values.items() if value}
