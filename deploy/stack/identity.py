"""Brings the identity provider up beside the services, which do not wait for it, and its realm to our configuration."""

import asyncio
import ssl
import time
from collections.abc import Callable
from typing import Any

import httpx

from deploy.stack import keycloak, realm
from deploy.stack.databases import provision_database
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.keycloak import BOOTSTRAP_CLIENT
from deploy.stack.keycloak_admin import CredentialsRefusedError, KeycloakAdmin, NotThereError
from deploy.stack.mail import keycloak_mail
from deploy.stack.supervised import SupervisedProcess
from deploy.stack.supervisor import Supervisor
from shared.people.accounts import REALM

# Far more than it takes: a machine may be busy.
_READY_SECONDS = 600
_RESTARTS_THAT_MEAN_BROKEN = 3
_TRIED_AGAIN_SECONDS = 60
_SECONDS = 3


class Identity:
    """One life of the embedded identity provider of a home."""

    def __init__(self, stack: Stack, supervisor: Supervisor, note: Callable[[str], None]) -> None:
        self._stack = stack
        self._supervisor = supervisor
        self._note = note
        self._process: SupervisedProcess | None = None
        self._step("Waiting for the services")

    async def keep(self, may_start: asyncio.Event) -> None:
        """Fetch it, and start it when `may_start` is set. What goes wrong is reported and tried again."""
        while True:
            try:
                await keycloak.fetch(self._step)
                self._step("Waiting for the services")
                await may_start.wait()
                await keycloak.build(self._step)
                await self._start()
            except Exception as error:
                # The stack goes on without it whatever it is, so it must be seen here.
                problem = str(error) if isinstance(error, ParleyError) else f"{type(error).__name__}: {error}"
                self._report("failed", error=problem)
                self._note(f"Nobody can sign in yet: {problem}")
                await asyncio.sleep(_TRIED_AGAIN_SECONDS)
            else:
                self._report("ready")
                self._note(f"People can sign in at {self._stack.entrance_url}/.")
                return

    async def _start(self) -> None:
        if self._process is None:
            self._step("Starting the identity provider")
            await provision_database(self._stack, keycloak.DATABASE)
            self._process = self._supervisor.start(await keycloak.prepare(self._stack))
        await self._wait_until_ready(self._process)
        self._step("Bringing the realm up to date")
        await asyncio.to_thread(bring_up_to_date, self._stack)

    async def _wait_until_ready(self, process: SupervisedProcess) -> None:
        url = f"https://127.0.0.1:{self._stack.ports['identity-management']}/health/ready"
        deadline = time.monotonic() + _READY_SECONDS
        before = process.restarts
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False, verify=self._stack.trust) as client:
            while True:
                try:
                    if (await client.get(url)).status_code == httpx.codes.OK:
                        return
                except httpx.HTTPError:
                    pass
                if process.restarts - before >= _RESTARTS_THAT_MEAN_BROKEN or time.monotonic() > deadline:
                    why = keycloak.explain_failure(self._stack.home)
                    raise ParleyError(f"The identity provider does not start: {why} (its log is {process.log}).")
                await asyncio.sleep(0.2)

    def _step(self, text: str) -> None:
        self._report("starting", step=text)

    def _report(self, phase: str, **more: str) -> None:
        state: dict[str, Any] = {"phase": phase, "step": "", "error": None, **more}
        self._supervisor.report(identity=state)


def bring_up_to_date(stack: Stack) -> list[str]:
    """Make the realm what `realm.yaml` says; returns what was changed. Raises `ParleyError` if Keycloak lets nobody in.

    It is done as a client of the realm itself. Only where that is not there yet, it is done as the administrator whom
    Keycloak made at its first start, and who is removed in the end: nobody is left who administers all realms. Until
    then the secret stays the same, so that an interrupted first start can be taken up.
    """
    bootstrap_secret = stack.identity_secret(BOOTSTRAP_CLIENT)
    wanted = realm.read_configuration(
        stack.entrance_url, stack.identity_secret, keycloak_mail(stack.ports["smtp"]), stack.second_factor
    )
    base = stack.identity_url
    own_secret = stack.identity_secret(realm.CONFIGURATOR)
    with KeycloakAdmin(base, REALM, realm.CONFIGURATOR, own_secret, transport=stack.transport()) as own:
        try:
            changed = realm.ensure_realm(own, wanted)
        except CredentialsRefusedError:
            changed = []
        else:
            _remove_bootstrap(stack, bootstrap_secret)
            return changed
    master = KeycloakAdmin(
        base, REALM, BOOTSTRAP_CLIENT, bootstrap_secret, signed_in_at="master", transport=stack.transport()
    )
    with master as bootstrap:
        try:
            changed = realm.ensure_realm(bootstrap, wanted)
        except CredentialsRefusedError as error:
            raise ParleyError(
                f"The identity provider's database {keycloak.DATABASE} does not belong to this home: {error} Restore "
                f"the home's secrets.json, or drop that database to begin with nobody in it."
            ) from error
    _remove_bootstrap(stack, bootstrap_secret)
    return changed


def _remove_bootstrap(stack: Stack, secret: str) -> None:
    """Leave no administrator of all realms, and no log of theirs that names anybody."""
    master = KeycloakAdmin(
        stack.identity_url, "master", BOOTSTRAP_CLIENT, secret, signed_in_at="master", transport=stack.transport()
    )
    with master as bootstrap:
        try:
            identity = bootstrap.client_id(BOOTSTRAP_CLIENT)
        except (CredentialsRefusedError, NotThereError):
            return
        bootstrap.put("", {**bootstrap.get(""), "eventsListeners": []})
        bootstrap.delete(f"/clients/{identity}")


def answers(stack: Stack) -> bool:
    """Whether the issuer gives its OpenID configuration, through the entrance where it is the embedded one."""
    try:
        context = ssl.create_default_context(cafile=stack.identity_ca_file or None)
        url = f"{stack.identity_issuer}/.well-known/openid-configuration"
        with httpx.Client(verify=context, timeout=_SECONDS, trust_env=bool(stack.external_identity)) as client:
            return bool(client.get(url).json()["issuer"] == stack.identity_issuer)
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError):
        return False
