"""The realm's way of signing in: a password, and a second factor for whoever has a role that is asked for one.

Keycloak keeps a flow as a tree of steps that is made step by step. So that nobody signs in by half of one, a changed
flow is made beside the one in use, which it then replaces.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from deploy.stack.keycloak_admin import KeycloakAdmin, NotThereError

SECOND_FACTOR = "second-factor"
"""The realm's role that asks for one. It is part of the roles that ask for it, and in no token."""
_NAMES = ("parley-a", "parley-b")
_KEYS = "org.keycloak.keys.KeyProvider"

Json = dict[str, Any]
Step = tuple[int, str, str, Mapping[str, str]]


def ensure_flow(admin: KeycloakAdmin, wanted: Sequence[Json]) -> list[str]:
    """Makes people sign in by these steps. Returns what was changed."""
    used = str(admin.get("")["browserFlow"])
    if used in _NAMES and _present(admin, used) == list(_steps(wanted, used)):
        return []
    name = _NAMES[used == _NAMES[0]]
    _remove(admin, name)
    _make(admin, name, wanted)
    admin.put("", {**admin.get(""), "browserFlow": name})
    _remove(admin, _NAMES[name == _NAMES[0]])
    return ["the way of signing in"]


def ensure_second_factor(admin: KeycloakAdmin, client: str, asked: Iterable[str]) -> list[str]:
    """Has these roles of a client, by its id, ask for a second factor, and no others. Returns what was changed."""
    try:
        role = admin.get(f"/roles/{SECOND_FACTOR}")
    except NotThereError:
        admin.post("/roles", {"name": SECOND_FACTOR, "description": "Signs in with a second factor"})
        role = admin.get(f"/roles/{SECOND_FACTOR}")
    changed: list[str] = []
    wanted = set(asked)
    for each in admin.get(f"/clients/{client}/roles"):
        path = f"/clients/{client}/roles/{each['name']}/composites"
        asks = any(part["id"] == role["id"] for part in (admin.get(path) if each["composite"] else ()))
        if asks is (each["name"] in wanted):
            continue
        (admin.delete if asks else admin.post)(path, [role])
        changed.append(f"second factor of {each['name']}")
    return changed


def ensure_keys(admin: KeycloakAdmin, wanted: Mapping[str, Json]) -> list[str]:
    """Gives the realm these keys and takes all others away. Returns what was changed.

    A token that was signed by one that goes is refused, and renewed: nobody has to sign in again for it.
    """
    present = {each["name"]: each for each in admin.get("/components", type=_KEYS)}
    changed: list[str] = []
    for name, key in wanted.items():
        config = {setting: [str(value)] for setting, value in key["config"].items()}
        body = {"name": name, "providerId": key["provider"], "providerType": _KEYS, "config": config}
        found = present.get(name)
        if found is None:
            admin.post("/components", body)
        elif any(found["config"].get(setting) != value for setting, value in config.items()):
            admin.put(f"/components/{found['id']}", {**found, "config": {**found["config"], **config}})
        else:
            continue
        changed.append(f"key {name}")
    # Our own token was signed by one of these, which are as they were until now.
    admin.sign_in_again()
    for name in sorted(present.keys() - wanted.keys()):
        admin.delete(f"/components/{present[name]['id']}")
        changed.append(f"key {name}")
    return changed


def _steps(wanted: Sequence[Json], flow: str, level: int = 0) -> Iterator[Step]:
    """The tree as Keycloak lists it: each step with its level, its kind or name, and whether it must be taken."""
    for step in wanted:
        name = step.get("provider") or f"{flow}-{step['flow']}"
        yield level, name, step["requirement"], _config(step, flow)
        yield from _steps(step.get("steps", ()), flow, level + 1)


def _config(step: Json, flow: str) -> Mapping[str, str]:
    return {key: str(value).replace("%flow%", flow) for key, value in step.get("config", {}).items()}


def _present(admin: KeycloakAdmin, flow: str) -> list[Step]:
    found: list[Step] = []
    for each in admin.get(f"/authentication/flows/{flow}/executions"):
        identity = each.get("authenticationConfig")
        config = admin.get(f"/authentication/config/{identity}")["config"] if identity else {}
        name = each["displayName"] if each.get("authenticationFlow") else each["providerId"]
        found.append((each["level"], name, each["requirement"], config))
    return found


def _make(admin: KeycloakAdmin, name: str, wanted: Sequence[Json]) -> None:
    top = {"alias": name, "description": "How people sign in", "providerId": "basic-flow"}
    admin.post("/authentication/flows", {**top, "topLevel": True, "builtIn": False})
    _fill(admin, name, name, wanted)


def _fill(admin: KeycloakAdmin, flow: str, parent: str, wanted: Sequence[Json]) -> None:
    path = f"/authentication/flows/{parent}/executions"
    for step in wanted:
        if provider := step.get("provider"):
            identity = admin.post(f"{path}/execution", {"provider": provider})
        else:
            name = f"{flow}-{step['flow']}"
            admin.post(f"{path}/flow", {"alias": name, "type": "basic-flow", "description": "", "provider": ""})
            identity = next(each["id"] for each in admin.get(path) if each["displayName"] == name)
        found = next(each for each in admin.get(path) if each["id"] == identity)
        admin.put(path, {**found, "requirement": step["requirement"]})
        if config := _config(step, flow):
            alias = f"{parent}-{provider}"
            admin.post(f"/authentication/executions/{identity}/config", {"alias": alias, "config": dict(config)})
        if "steps" in step:
            _fill(admin, flow, name, step["steps"])


def _remove(admin: KeycloakAdmin, name: str) -> None:
    for each in admin.get("/authentication/flows"):
        if each["alias"] == name:
            admin.delete(f"/authentication/flows/{each['id']}")
