"""Commands on people's accounts at the identity provider, as a client that may administer people and nothing else.

Keycloak's answers are waited for outside of any transaction; what was done is noted once it is done.
"""

import asyncio
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

import httpx

from services.administration.domain.accounts import findings, is_of, places_of, why_not
from services.administration.repository import accounts as rows
from services.administration.repository import directory
from services.administration.repository.accounts import AccountChange, Did
from services.administration.settings import AdministrationSettings
from shared.access.accounts import Person
from shared.access.roles import Role
from shared.contracts.directory import DirectoryEntry
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.people import keycloak_admin as keycloak
from shared.people.accounts import REALM, Account, Accounts
from shared.service.definition import Context
from shared.service.staff import Staff

LINK_SECONDS = 3 * 24 * 60 * 60
"""For so long the link of an invitation is good."""
_ROLE = Role.AREA_ADMINISTRATOR
T = TypeVar("T")
Entries = Mapping[str, DirectoryEntry]


class NotAdministeredError(Exception):
    """People sign in at a provider of their own, and are administered there."""


class AccountRefusedError(Exception):
    """An account cannot be as it is wanted; each of the findings is a sentence."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(" ".join(found))
        self.findings = found


class NoSuchAccountError(Exception):
    """There is no such account in the areas of whoever asks."""


class MailNotSentError(Exception):
    """The account is there, but the mail with its link did not go out."""


@dataclass(frozen=True)
class Administrator:
    """Whoever administers: what they sign in as, their id as staff, and their areas."""

    me: str
    id: str
    areas: Collection[str]


class _Admin(keycloak.KeycloakAdmin):
    seconds: ClassVar[float] = 10.0


class People:
    """The accounts of the realm, as far as an administrator's areas go. Raises NotAdministeredError where they are
    administered elsewhere, and `KeycloakError` where Keycloak does not answer or refuses. `entries` is the directory,
    which a request reads once.
    """

    def __init__(self, context: Context, settings: AdministrationSettings) -> None:
        self._context = context
        self._settings = settings
        self._staff = Staff(context.pool, context.keyring)

    async def listed(self, who: Administrator, entries: Entries) -> list[Account]:
        """Everybody who works in one of these areas, by name."""
        everybody = await self._at_keycloak(lambda accounts: accounts.all())
        return [each for each in everybody if is_of(each.person, entries, who.areas)]

    async def one(self, who: Administrator, identity: str, entries: Entries) -> tuple[Account, str | None]:
        """An account, and why it is not for them to change. Raises NoSuchAccountError."""
        account = await self._one(identity)
        if not is_of(account.person, entries, who.areas):
            raise NoSuchAccountError
        return account, why_not(account.person, entries, who.areas, who.me, _ROLE)

    async def invite(self, who: Administrator, person: Person, entries: Entries) -> str:
        """Adds an account, and has a link sent by which its owner sets a password. Returns its id.

        Raises AccountRefusedError; MailNotSentError, where the account is there and the link can be sent again.
        """
        if found := findings(person, entries, who.areas, who.me, _ROLE):
            raise AccountRefusedError(found)
        try:
            identity = await self._at_keycloak(lambda accounts: accounts.add(person))
        except keycloak.AlreadyThereError:
            raise AccountRefusedError([f"There is somebody who signs in as {person.name} already."]) from None
        await self._note(who, Account(identity, person), "invited", entries)
        await self._send_link(identity)
        return identity

    async def invite_again(self, who: Administrator, identity: str, entries: Entries) -> None:
        """Has a new link sent. Raises AccountRefusedError, NoSuchAccountError or MailNotSentError."""
        account = await self._theirs(who, identity, entries)
        await self._send_link(identity)
        await self._note(who, account, "sent-again", entries)

    async def change(self, who: Administrator, identity: str, wanted: Person, entries: Entries) -> None:
        """Gives an account other roles and areas. Raises AccountRefusedError or NoSuchAccountError."""
        account = await self._theirs(who, identity, entries)
        person = replace(
            account.person, roles=wanted.roles, areas=wanted.areas, agency=wanted.agency, provider=wanted.provider
        )
        if found := findings(person, entries, who.areas, who.me, _ROLE):
            raise AccountRefusedError(found)
        await self._at_keycloak(lambda accounts: accounts.change(identity, person))
        await self._note(who, replace(account, person=person), "changed", entries)

    async def enable(self, who: Administrator, identity: str, entries: Entries, *, enabled: bool) -> None:
        """Lets somebody sign in, or no longer. Raises AccountRefusedError or NoSuchAccountError."""
        account = await self._theirs(who, identity, entries)
        # Whoever comes back comes under the rules of today: their agency's agreement may have ended since.
        if enabled and (found := findings(account.person, entries, who.areas, who.me, _ROLE)):
            raise AccountRefusedError(found)
        await self._at_keycloak(lambda accounts: accounts.enable(identity, enabled=enabled))
        await self._note(who, account, "enabled" if enabled else "disabled", entries)

    async def entries(self) -> Entries:
        """Every entry of the directory in force."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            return await directory.registered(tx.connection)

    def staff_id(self, account: Account) -> str:
        """The id under which the owner of an account acts."""
        return self._staff.id_of(_by(account))

    async def _theirs(self, who: Administrator, identity: str, entries: Entries) -> Account:
        account, beyond = await self.one(who, identity, entries)
        if beyond:
            raise AccountRefusedError([beyond])
        return account

    async def _one(self, identity: str) -> Account:
        try:
            return await self._at_keycloak(lambda accounts: accounts.one(identity))
        except keycloak.NotThereError:
            raise NoSuchAccountError from None

    async def _send_link(self, identity: str) -> None:
        client = self._settings.identity_mail_client
        try:
            await self._at_keycloak(lambda accounts: accounts.invite(identity, LINK_SECONDS, client_id=client))
        except keycloak.KeycloakError as error:
            raise MailNotSentError from error

    async def _note(self, who: Administrator, account: Account, did: Did, entries: Entries) -> None:
        person = account.person
        name = await self._staff.acts(_by(account))
        change = AccountChange(
            new_id(),
            name,
            did,
            person.roles,
            person.areas,
            person.agency,
            person.provider,
            datetime.now(UTC),
            who.id,
        )
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await rows.note(tx.connection, change, sorted(places_of(person, entries)))

    async def _at_keycloak(self, do: Callable[[Accounts], T]) -> T:
        settings = self._settings
        if not settings.identity_admin_url:
            raise NotAdministeredError
        secret = settings.identity_admin_secret.get_secret_value()

        def done() -> T:
            at, client = settings.identity_admin_url, settings.identity_admin_client
            inside = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=settings.internal_ca_file))
            with _Admin(at, REALM, client, secret, transport=inside) as admin:
                return do(Accounts(admin))

        return await asyncio.to_thread(done)


def _by(account: Account) -> str:
    """The name under which the owner of an account acts (`Principal.by`)."""
    return f"{account.person.name[:60]} ({account.id})"
