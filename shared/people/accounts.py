"""Accounts of people at Keycloak: what the command `parley people` and the administration's pages do with them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.access.accounts import ROLES, Person, attributes_of
from shared.people.keycloak_admin import KeycloakAdmin, KeycloakError

REALM = "parley"
"""The realm at Keycloak in which they all are."""
AUDIENCE = "parley"
"""The client whose roles people have: it stands for the services."""
_PAGE = 100
_SECOND_FACTORS = ("otp", "webauthn", "webauthn-passwordless")
_OWN = ("areas", "agency", "provider")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in, and the id that Keycloak knows them by. `waits`: they have not set a password yet."""

    id: str
    person: Person
    waits: bool = False


class Accounts:
    """The accounts of a realm. Every failure is one of Keycloak's admin API, as the given client raises it."""

    def __init__(self, admin: KeycloakAdmin) -> None:
        self._admin = admin

    def add(self, person: Person, *, password: str | None = None, temporary: bool = False) -> str:
        """Adds a person; returns their id. Without a password they set one themselves, by a link (`invite`)."""
        body: dict[str, Any] = {
            "username": person.name,
            # Nobody signs in before the roles are there: a person without them would look like one who lost them.
            "enabled": False,
            "firstName": person.given_name,
            "lastName": person.family_name,
            "attributes": attributes_of(person.areas, person.agency, person.provider),
        }
        if password is None:
            body["requiredActions"] = ["UPDATE_PASSWORD"]
        else:
            body["credentials"] = [{"type": "password", "value": password, "temporary": temporary}]
        identity = self._admin.post("/users", body | ({"email": person.email} if person.email else {}))
        try:
            give_roles(self._admin, identity, person.roles)
            self.enable(identity, enabled=True)
        except KeycloakError:
            self.remove(identity)
            raise
        return identity

    def invite(self, identity: str, seconds: int, **parameters: str) -> None:
        """Has Keycloak send a person a link by which they set their password. It is good for so long, and once."""
        self._admin.put(
            f"/users/{identity}/execute-actions-email", ["UPDATE_PASSWORD"], lifespan=str(seconds), **parameters
        )

    def all(self) -> list[Account]:
        """Everybody, ordered by name."""
        by_role: dict[str, list[str]] = {}
        parley = self._admin.client_id(AUDIENCE)
        for role in ROLES:
            for user in self._pages(f"/clients/{parley}/roles/{role}/users"):
                by_role.setdefault(user["id"], []).append(role)
        found = [_account(user, by_role.get(user["id"], [])) for user in self._pages("/users")]
        return sorted(found, key=lambda account: account.person.name)

    def one(self, identity: str) -> Account:
        """A person by their id. Raises the client's `not_there`."""
        user = self._admin.get(f"/users/{identity}")
        parley = self._admin.client_id(AUDIENCE)
        roles = self._admin.get(f"/users/{identity}/role-mappings/clients/{parley}")
        return _account(user, [each["name"] for each in roles])

    def named(self, name: str) -> str:
        """The id of whoever signs in by this name. Raises the client's `not_there`."""
        found = self._admin.get("/users", username=name, exact="true")
        if not found:
            raise self._admin.not_there(f"There is nobody called {name}. `parley people list` shows who there is.")
        return str(found[0]["id"])

    def change(self, identity: str, person: Person) -> None:
        """Gives a person these roles, areas, agency and provider, and no other; what they are signed in to ends."""
        parley = self._admin.client_id(AUDIENCE)
        path = f"/users/{identity}/role-mappings/clients/{parley}"
        present = {each["name"]: each for each in self._admin.get(path)}
        # What is taken away goes first: in between nobody may do more than before and after.
        if beyond := [present[name] for name in sorted(present.keys() - set(person.roles))]:
            self._admin.delete(path, beyond)
        user = self._admin.get(f"/users/{identity}")
        others = {key: value for key, value in (user.get("attributes") or {}).items() if key not in _OWN}
        attributes = others | attributes_of(person.areas, person.agency, person.provider)
        self._admin.put(f"/users/{identity}", {**user, "attributes": attributes})
        give_roles(self._admin, identity, sorted(set(person.roles) - present.keys()))
        self.end_sessions(identity)

    def enable(self, identity: str, *, enabled: bool) -> None:
        """Lets a person sign in, or no longer: what they are signed in to ends, and no token is renewed."""
        # All of what is there: Keycloak takes attributes that are left out for deleted ones.
        self._admin.put(f"/users/{identity}", {**self._admin.get(f"/users/{identity}"), "enabled": enabled})
        if not enabled:
            self.end_sessions(identity)

    def reset_password(self, identity: str, password: str, *, temporary: bool) -> None:
        """Gives a person this password, and ends what they are signed in to."""
        body = {"type": "password", "value": password, "temporary": temporary}
        self._admin.put(f"/users/{identity}/reset-password", body)
        self.end_sessions(identity)
        self._admin.delete(f"/attack-detection/brute-force/users/{identity}")

    def reset_second_factor(self, identity: str) -> int:
        """Takes a person's apps and passkeys away, and ends what they are signed in to. Returns how many they had."""
        path = f"/users/{identity}/credentials"
        found = [each for each in self._admin.get(path) if each["type"] in _SECOND_FACTORS]
        for each in found:
            self._admin.delete(f"{path}/{each['id']}")
        self.end_sessions(identity)
        return len(found)

    def end_sessions(self, identity: str) -> None:
        """Ends what a person is signed in to."""
        self._admin.post(f"/users/{identity}/logout", {})

    def remove(self, identity: str) -> None:
        """Removes a person."""
        self._admin.delete(f"/users/{identity}")

    def _pages(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._admin.get(path, first=str(len(found)), max=str(_PAGE), briefRepresentation="false")
            found += page
            if len(page) < _PAGE:
                return found


def give_roles(admin: KeycloakAdmin, identity: str, names: Collection[str]) -> None:
    """Gives a user of Keycloak's, by its id there, these roles."""
    if not names:
        return
    parley = admin.client_id(AUDIENCE)
    wanted = [admin.get(f"/clients/{parley}/roles/{name}") for name in names]
    admin.post(f"/users/{identity}/role-mappings/clients/{parley}", wanted)


def _account(user: Mapping[str, Any], names: Iterable[str]) -> Account:
    attributes: Mapping[str, list[str]] = user.get("attributes") or {}
    person = Person(
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
    return Account(str(user["id"]), person, "UPDATE_PASSWORD" in (user.get("requiredActions") or ()))
