"""People who sign in: their roles, and the areas, agency or provider that these are for, as the directory knows them.

They are kept by the embedded identity provider alone. A provider that runs elsewhere has its own administration.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.keycloak_admin import AlreadyThereError, KeycloakAdmin, NotThereError
from deploy.stack.realm import AUDIENCE, PEOPLE_CLIENT, REALM, client_id_of, roles
from shared.contracts.directory import AgencyRegistered, AreaRegistered, DirectoryEntry, ProviderRegistered

_PAGE = 100
_PASSWORD_BYTES = 15
_SECOND_FACTORS = ("otp", "webauthn", "webauthn-passwordless")

OF_AN_AGENCY = frozenset({"practitioner", "team-manager"})
OF_A_PROVIDER = frozenset({"provider-worker", "provider-manager"})
OF_AN_AREA = frozenset({"coordinator", "panel-member", "analyst", "trainer", "area-administrator"})


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
    found = [f"There is no role {role}; there are {', '.join(roles())}." for role in sorted(given - set(roles()))]
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


class Administered:
    """What signs in at the running stack's own identity provider. A context manager.

    `what` they are, in the plural, and `client`: which of our clients may administer them. Raises `ParleyError` where
    they sign in elsewhere.
    """

    def __init__(self, stack: Stack, what: str, client: str) -> None:
        if stack.external_identity:
            raise ParleyError(f"{what} are administered where they sign in: {stack.external_identity}.")
        self._admin = KeycloakAdmin(stack.identity_url, REALM, client, stack.identity_secret(client))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._admin.__exit__(kind, error, trace)


class People(Administered):
    """The people of the running stack. A context manager."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "People", PEOPLE_CLIENT)

    def add(self, person: Person, *, password: str | None = None) -> str:
        """Adds a person. Returns the password: the given one, or a temporary one to be changed at the first sign-in."""
        chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        body = {
            "username": person.name,
            # Nobody signs in before the roles are there: a person without them would look like one who lost them.
            "enabled": False,
            "firstName": person.given_name,
            "lastName": person.family_name,
            "attributes": attributes_of(person.areas, person.agency, person.provider),
            "credentials": [{"type": "password", "value": chosen, "temporary": password is None}],
        }
        try:
            identity = self._admin.post("/users", body | ({"email": person.email} if person.email else {}))
        except AlreadyThereError:
            raise ParleyError(f"There is somebody called {person.name} already.") from None
        try:
            give_roles(self._admin, identity, person.roles)
            self._set_enabled(identity, enabled=True)
        except ParleyError:
            self._admin.delete(f"/users/{identity}")
            raise
        return chosen

    def all(self) -> list[Person]:
        """Everybody, ordered by name."""
        by_role: dict[str, list[str]] = {}
        parley = client_id_of(self._admin, AUDIENCE)
        for role in roles():
            for user in self._pages(f"/clients/{parley}/roles/{role}/users"):
                by_role.setdefault(user["username"], []).append(role)
        people = [_person(user, by_role.get(user["username"], [])) for user in self._pages("/users")]
        return sorted(people, key=lambda person: person.name)

    def remove(self, name: str) -> None:
        """Removes a person; what they are signed in to ends."""
        identity = self._id(name)
        self._admin.post(f"/users/{identity}/logout", {})
        self._admin.delete(f"/users/{identity}")

    def subject_of(self, name: str) -> str:
        """The subject of their tokens, which nobody else ever gets."""
        return self._id(name)

    def enable(self, name: str, *, enabled: bool) -> None:
        """Lets a person sign in, or no longer: what they are signed in to ends, and no token is renewed."""
        identity = self._id(name)
        self._set_enabled(identity, enabled=enabled)
        if not enabled:
            self._admin.post(f"/users/{identity}/logout", {})

    def reset_password(self, name: str, *, password: str | None = None) -> str:
        """Gives a person a password, by default a temporary one, and ends what they are signed in to; returns it."""
        identity = self._id(name)
        chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        body = {"type": "password", "value": chosen, "temporary": password is None}
        self._admin.put(f"/users/{identity}/reset-password", body)
        self._admin.post(f"/users/{identity}/logout", {})
        self._admin.delete(f"/attack-detection/brute-force/users/{identity}")
        return chosen

    def reset_second_factor(self, name: str) -> int:
        """Takes a person's apps and passkeys away, as after a lost telephone, and ends what they are signed in to.

        Whoever needs one sets another up at the next sign-in. Returns how many they had.
        """
        identity = self._id(name)
        found = [each for each in self._admin.get(f"/users/{identity}/credentials") if each["type"] in _SECOND_FACTORS]
        for each in found:
            self._admin.delete(f"/users/{identity}/credentials/{each['id']}")
        self._admin.post(f"/users/{identity}/logout", {})
        return len(found)

    def _set_enabled(self, identity: str, *, enabled: bool) -> None:
        # All of what is there: Keycloak takes attributes that are left out for deleted ones.
        self._admin.put(f"/users/{identity}", {**self._admin.get(f"/users/{identity}"), "enabled": enabled})

    def _id(self, name: str) -> str:
        found = self._admin.get("/users", username=name, exact="true")
        if not found:
            raise NotThereError(f"There is nobody called {name}. `parley people list` shows who there is.")
        return str(found[0]["id"])

    def _pages(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._admin.get(path, first=str(len(found)), max=str(_PAGE), briefRepresentation="false")
            found += page
            if len(page) < _PAGE:
                return found


def give_roles(admin: KeycloakAdmin, identity: str, names: Iterable[str]) -> None:
    """Gives a user of Keycloak's, by its id there, these roles."""
    parley = client_id_of(admin, AUDIENCE)
    wanted = [admin.get(f"/clients/{parley}/roles/{name}") for name in names]
    admin.post(f"/users/{identity}/role-mappings/clients/{parley}", wanted)


def attributes_of(areas: Iterable[str], agency: str | None, provider: str | None) -> dict[str, list[str]]:
    """The attributes by which Keycloak says of which areas, agency and provider somebody is."""
    values = {
        "areas": list(areas),
        "agency": [agency] if agency else [],
        "provider": [provider] if provider else [],
    }
    return {key: value for key, value in values.items() if value}


def _person(user: Mapping[str, Any], names: Iterable[str]) -> Person:
    attributes: Mapping[str, list[str]] = user.get("attributes") or {}
    return Person(
        name=user["username"],
        roles=tuple(names),
        areas=tuple(attributes.get("areas", ())),
        agency=next(iter(attributes.get("agency", ())), None),
        provider=next(iter(attributes.get("provider", ())), None),
        given_name=user.get("firstName", ""),
        family_name=user.get("lastName", ""),
        email=user.get("email", ""),
        enabled=bool(user["enabled"]),
    )
