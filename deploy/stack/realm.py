"""Brings the realm to what `realm.yaml` says, and says what it changed. What the file does not name stays as it is."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from deploy.stack import realm_sign_in
from deploy.stack.keycloak_admin import AlreadyThereError, KeycloakAdmin, NotThereError
from deploy.stack.services import SERVICE_NAMES
from shared.people.accounts import AUDIENCE

CONFIGURATOR = "parley-realm"
"""The client that applies the realm's configuration at each start."""
PEOPLE_CLIENT = "parley-people"
STACK_CLIENT = "parley-stack"
_FILE = Path(__file__).with_name("realm.yaml")
_CLAIMS = {
    "access.token.claim": "true",
    "id.token.claim": "true",
    "userinfo.token.claim": "true",
    "introspection.token.claim": "true",
}
DEFAULT_SCOPES = ("basic", "parley")
"""Every client gets who somebody is. What else a request may ask for is the standard's own."""
_OPTIONAL_SCOPES = ("email", "profile")
_MASK = "**********"
"""What Keycloak answers for a secret, whatever it is."""
_OURS = "parley"
_KEYCLOAKS = ("account", "admin-cli", "broker", "realm-management", "security-admin-console")

Json = dict[str, Any]


def read_configuration(
    entrance: str,
    secret: Callable[[str], str],
    mail: Mapping[str, str] | None = None,
    second_factor: Iterable[str] | None = None,
) -> Json:
    """The wanted configuration for this entrance; `secret` gives the secret of a client.

    `mail`: the server by which people are sent the link to set their password, in the terms of Keycloak's `smtpServer`.
    `second_factor`: the roles that are asked for one, where they are others than the file's.
    """
    wanted: Json = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    if mail is not None:
        wanted["realm"]["smtpServer"] = dict(mail)
    if second_factor is not None:
        wanted["second_factor"] = list(second_factor)
    for name, client in wanted["clients"].items():
        if client.get("secret") == "home":
            client["secret"] = secret(name)
        if "baseUrl" in client:
            client["baseUrl"] = client["baseUrl"].replace("${entrance}", entrance)
        client["redirectUris"] = _for_each_service(client.get("redirectUris", ()), entrance)
        attributes = client.get("attributes", {})
        for key, value in attributes.items():
            attributes[key] = value.replace("${entrance}", entrance)
    return wanted


def ensure_realm(admin: KeycloakAdmin, wanted: Mapping[str, Any]) -> list[str]:
    """Makes the realm what `wanted` says. Returns what was changed; nothing if it was so already."""
    changed: list[str] = []
    try:
        found = admin.get("")
    except NotThereError:
        with contextlib.suppress(AlreadyThereError):  # Made by a request whose answer was lost.
            admin.create_realm({"enabled": True})
        changed.append("realm")
        found = admin.get("")
    changes = differs(wanted["realm"], found)
    # A masked password may be another one than is wanted, so it is written in any case, and is no change to report.
    if changes or _is_masked(wanted["realm"], found):
        admin.put("", merged(found, wanted["realm"]))
    if changes:
        changed.append("realm's settings")
    changed += _user_profile(admin, wanted["user_profile"])
    changed += _client_scopes(admin, wanted["client_scopes"])
    changed += _clients(admin, wanted["clients"])
    changed += _roles(admin, wanted["roles"])
    changed += realm_sign_in.ensure_keys(admin, wanted["keys"])
    changed += realm_sign_in.ensure_second_factor(admin, admin.client_id(AUDIENCE), wanted["second_factor"])
    changed += realm_sign_in.ensure_flow(admin, wanted["sign_in"])
    changed += _service_accounts(admin, wanted["service_accounts"])
    return changed


def differs(wanted: Any, found: Any) -> bool:
    """Whether `found` lacks anything of `wanted`. More than that may be there; the order of a list counts only
    where it holds objects. A secret that Keycloak masks differs from none.
    """
    if isinstance(wanted, Mapping):
        return not isinstance(found, Mapping) or any(differs(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and all(isinstance(each, str) for each in wanted):
        return sorted(wanted) != sorted(found or [])
    if isinstance(wanted, list):
        return len(wanted) != len(found or []) or any(map(differs, wanted, found))
    return found != _MASK and bool(wanted != found)


def _is_masked(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return any(_is_masked(value, found.get(key)) for key, value in wanted.items())
    return bool(found == _MASK)


def merged(found: Any, wanted: Any) -> Any:
    """`found` with what is wanted in it."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return {**found, **{key: merged(found.get(key), value) for key, value in wanted.items()}}
    return wanted


def is_ours(client: str) -> bool:
    """Whether a client's name is of those that the file keeps for itself, or of Keycloak's own."""
    return client.startswith((_OURS, *_KEYCLOAKS))


def _for_each_service(addresses: Iterable[str], entrance: str) -> list[str]:
    expanded: list[str] = []
    for address in addresses:
        names = SERVICE_NAMES if "${service}" in address else ("",)
        expanded += [address.replace("${entrance}", entrance).replace("${service}", name) for name in names]
    return expanded


def _user_profile(admin: KeycloakAdmin, wanted: Json) -> list[str]:
    permissions = {"view": ["admin", "user"], "edit": ["admin"]}
    attributes = [{"permissions": permissions, **attribute} for attribute in wanted["attributes"]]
    found = admin.get("/users/profile")
    # What no attribute names is refused: a person has no attribute that nobody here gives a meaning to.
    profile = {**found, "attributes": attributes}
    profile.pop("unmanagedAttributePolicy", None)
    if not differs(profile, found) and "unmanagedAttributePolicy" not in found:
        return []
    admin.put("/users/profile", profile)
    return ["user profile"]


def _client_scopes(admin: KeycloakAdmin, wanted: Mapping[str, Json]) -> list[str]:
    changed: list[str] = []
    present = {scope["name"]: scope for scope in admin.get("/client-scopes")}
    for name, scope in wanted.items():
        settings = {key: value for key, value in scope.items() if key != "mappers"} | {"name": name}
        found = present.get(name)
        if found is None:
            admin.post("/client-scopes", settings)
            found = next(each for each in admin.get("/client-scopes") if each["name"] == name)
            changed.append(f"client scope {name}")
        elif differs(settings, found):
            admin.put(f"/client-scopes/{found['id']}", merged(found, settings))
            changed.append(f"client scope {name}")
        changed += _mappers(admin, f"/client-scopes/{found['id']}/protocol-mappers/models", scope["mappers"])
    return changed


def _mappers(admin: KeycloakAdmin, path: str, wanted: Mapping[str, Json]) -> list[str]:
    changed: list[str] = []
    present = {mapper["name"]: mapper for mapper in admin.get(path)}
    for name, mapper in wanted.items():
        body = {
            "name": name,
            "protocol": "openid-connect",
            "protocolMapper": mapper["protocolMapper"],
            "config": {**_CLAIMS, **mapper["config"]},
        }
        found = present.get(name)
        if found is None:
            admin.post(path, body)
        elif differs(body, found):
            admin.put(f"{path}/{found['id']}", merged(found, body))
        else:
            continue
        changed.append(f"claim {name}")
    for name in present.keys() - wanted.keys():
        admin.delete(f"{path}/{present[name]['id']}")
        changed.append(f"claim {name}")
    return changed


def _clients(admin: KeycloakAdmin, wanted: Mapping[str, Json]) -> list[str]:
    changed: list[str] = []
    scopes = {scope["name"]: scope["id"] for scope in admin.get("/client-scopes")}
    present = {client["clientId"]: client for client in admin.get("/clients")}
    for name, client in wanted.items():
        body = {"clientId": name, "protocol": "openid-connect", "enabled": True, **client}
        found = present.get(name)
        if found is None:
            identity = admin.post("/clients", body)
            found = admin.get(f"/clients/{identity}")
            changed.append(f"client {name}")
        elif differs(body, found):
            admin.put(f"/clients/{found['id']}", merged(found, body))
            changed.append(f"client {name}")
        if name.startswith(_OURS):
            changed += _scopes_of(admin, found, scopes)
    return changed


def _scopes_of(admin: KeycloakAdmin, client: Json, scopes: Mapping[str, str]) -> list[str]:
    changed: list[str] = []
    for kind, names in (("default", DEFAULT_SCOPES), ("optional", _OPTIONAL_SCOPES)):
        present = set(client.get(f"{kind}ClientScopes", ()))
        path = f"/clients/{client['id']}/{kind}-client-scopes"
        for name in sorted(present - set(names)):
            admin.delete(f"{path}/{scopes[name]}")
        for name in sorted(set(names) - present):
            admin.put(f"{path}/{scopes[name]}", {})
        if present != set(names):
            changed.append(f"{kind} scopes of client {client['clientId']}")
    return changed


def _roles(admin: KeycloakAdmin, wanted: Mapping[str, str]) -> list[str]:
    changed: list[str] = []
    path = f"/clients/{admin.client_id(AUDIENCE)}/roles"
    present = {role["name"]: role for role in admin.get(path)}
    for name, description in wanted.items():
        body = {"name": name, "description": description}
        if name not in present:
            admin.post(path, body)
        elif differs(body, present[name]):
            admin.put(f"{path}/{name}", merged(present[name], body))
        else:
            continue
        changed.append(f"role {name}")
    return changed


def _service_accounts(admin: KeycloakAdmin, wanted: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    changed: list[str] = []
    for client, by_client in wanted.items():
        account = admin.get(f"/clients/{admin.client_id(client)}/service-account-user")["id"]
        for other, names in by_client.items():
            identity = admin.client_id(other)
            path = f"/users/{account}/role-mappings/clients/{identity}"
            present = {role["name"]: role for role in admin.get(path)}
            if missing := sorted(set(names) - present.keys()):
                admin.post(path, [admin.get(f"/clients/{identity}/roles/{name}") for name in missing])
            if beyond := sorted(present.keys() - set(names)):
                admin.delete(path, [present[name] for name in beyond])
            if present.keys() != set(names):
                changed.append(f"roles of {client}")
    return changed
