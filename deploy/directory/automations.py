"""Automations: clients that sign in by a secret of their own, with roles and areas, an agency or a provider.

They are kept by the embedded identity provider, as people are. An access token of one lives a minute.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from deploy.directory.people import Administered
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.keycloak_admin import AlreadyThereError, NotThereError
from deploy.stack.realm import CONFIGURATOR, DEFAULT_SCOPES, is_ours
from shared.access.accounts import attributes_of
from shared.people.accounts import AUDIENCE, give_roles

_MARK = "parley.automation"
_SECRET_BYTES = 32
TOKEN_SECONDS = 60
"""For so long a token that a client has already got goes on working once the client is revoked."""


@dataclass(frozen=True)
class Automation:
    """A program that signs in as itself. Areas, agency and provider are the directory's ids."""

    name: str
    roles: tuple[str, ...]
    areas: tuple[str, ...] = ()
    agency: str | None = None
    provider: str | None = None
    revoked: bool = False


class Automations(Administered):
    """The automations of the running stack. A context manager."""

    def __init__(self, stack: Stack) -> None:
        # Whoever may change clients can give themselves every right of the realm: so it is the client that has these.
        super().__init__(stack, "Clients", CONFIGURATOR)

    def add(self, automation: Automation) -> str:
        """Makes a client; returns its secret, which is not kept here. Raises `ParleyError` where the name is taken."""
        if is_ours(automation.name):
            raise ParleyError(f"{automation.name} is a name of the stack's own clients.")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        body = {
            "clientId": automation.name,
            "protocol": "openid-connect",
            # It gets in once its roles are there.
            "enabled": False,
            "publicClient": False,
            "secret": secret,
            "standardFlowEnabled": False,
            "implicitFlowEnabled": False,
            "directAccessGrantsEnabled": False,
            "serviceAccountsEnabled": True,
            "redirectUris": [],
            "webOrigins": [],
            "defaultClientScopes": list(DEFAULT_SCOPES),
            "optionalClientScopes": [],
            "attributes": {_MARK: "true", "access.token.lifespan": str(TOKEN_SECONDS)},
        }
        try:
            identity = self._admin.post("/clients", body)
        except AlreadyThereError:
            raise ParleyError(f"There is a client called {automation.name} already.") from None
        try:
            self._give_rights(identity, automation)
            self._change(identity, enabled=True)
        except ParleyError:
            self._admin.delete(f"/clients/{identity}")
            raise
        return secret

    def all(self) -> list[Automation]:
        """Every automation, revoked ones too, ordered by name."""
        parley = self._admin.client_id(AUDIENCE)
        found = []
        for client in self._clients():
            account = self._account(client["id"])
            roles = self._admin.get(f"/users/{account['id']}/role-mappings/clients/{parley}")
            attributes: dict[str, list[str]] = account.get("attributes") or {}
            found.append(
                Automation(
                    client["clientId"],
                    tuple(sorted(role["name"] for role in roles)),
                    tuple(attributes.get("areas", ())),
                    next(iter(attributes.get("agency", ())), None),
                    next(iter(attributes.get("provider", ())), None),
                    revoked=not client["enabled"],
                )
            )
        return sorted(found, key=lambda each: each.name)

    def rotate(self, name: str) -> str:
        """Gives a client a new secret and returns it; the one before is refused from now on."""
        client = self._client(name)
        if not client["enabled"]:
            raise ParleyError(f"{name} is revoked. Add a client of another name.")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        self._change(client["id"], secret=secret)
        return secret

    def revoke(self, name: str) -> None:
        """Refuses a client from now on, for good. Its name stays taken, since what it did is recorded under it."""
        # What somebody may have copied is no secret any more, whoever enables the client again.
        self._change(self._client(name)["id"], enabled=False, secret=secrets.token_urlsafe(_SECRET_BYTES))

    def _give_rights(self, identity: str, automation: Automation) -> None:
        account = self._account(identity)
        attributes = attributes_of(automation.areas, automation.agency, automation.provider)
        self._admin.put(f"/users/{account['id']}", {**account, "attributes": attributes})
        give_roles(self._admin, account["id"], automation.roles)

    def _account(self, identity: str) -> dict[str, Any]:
        account = self._admin.get(f"/clients/{identity}/service-account-user")
        # As a client's part it comes without its attributes.
        found: dict[str, Any] = self._admin.get(f"/users/{account['id']}")
        return found

    def _client(self, name: str) -> dict[str, Any]:
        found = [client for client in self._clients() if client["clientId"] == name]
        if not found:
            raise NotThereError(f"There is no automation {name}. `parley access client list` shows which there are.")
        return found[0]

    def _clients(self) -> Iterable[dict[str, Any]]:
        return [client for client in self._admin.get("/clients") if (client.get("attributes") or {}).get(_MARK)]

    def _change(self, identity: str, **settings: object) -> None:
        # All of what is there: Keycloak takes settings that are left out for deleted ones.
        self._admin.put(f"/clients/{identity}", {**self._admin.get(f"/clients/{identity}"), **settings})
