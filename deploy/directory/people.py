"""People who sign in: their roles, and the areas, agency or provider that these are for, as the directory knows them.

They are kept by the embedded identity provider alone. A provider that runs elsewhere has its own administration.
"""

import secrets
from types import TracebackType
from typing import Self

from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.keycloak_admin import AlreadyThereError, KeycloakAdmin
from deploy.stack.realm import PEOPLE_CLIENT
from shared.access.accounts import Person
from shared.people.accounts import REALM, Accounts

_PASSWORD_BYTES = 15


class Administered:
    """What signs in at the running stack's own identity provider. A context manager.

    `what` they are, in the plural, and `client`: which of our clients may administer them. Raises `ParleyError` where
    they sign in elsewhere.
    """

    def __init__(self, stack: Stack, what: str, client: str) -> None:
        if stack.external_identity:
            raise ParleyError(f"{what} are administered where they sign in: {stack.external_identity}.")
        secret = stack.identity_secret(client)
        self._admin = KeycloakAdmin(stack.identity_url, REALM, client, secret, transport=stack.transport())

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
        self._accounts = Accounts(self._admin)

    def add(self, person: Person, *, password: str | None = None) -> str:
        """Adds a person. Returns the password: the given one, or a temporary one to be changed at the first sign-in."""
        chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        try:
            self._accounts.add(person, password=chosen, temporary=password is None)
        except AlreadyThereError:
            raise ParleyError(f"There is somebody called {person.name} already.") from None
        return chosen

    def all(self) -> list[Person]:
        """Everybody, ordered by name."""
        return [account.person for account in self._accounts.all()]

    def remove(self, name: str) -> None:
        """Removes a person; what they are signed in to ends."""
        identity = self._accounts.named(name)
        self._accounts.end_sessions(identity)
        self._accounts.remove(identity)

    def subject_of(self, name: str) -> str:
        """The subject of their tokens, which nobody else ever gets."""
        return self._accounts.named(name)

    def enable(self, name: str, *, enabled: bool) -> None:
        """Lets a person sign in, or no longer: what they are signed in to ends, and no token is renewed."""
        self._accounts.enable(self._accounts.named(name), enabled=enabled)

    def reset_password(self, name: str, *, password: str | None = None) -> str:
        """Gives a person a password, by default a temporary one, and ends what they are signed in to; returns it."""
        chosen = password or secrets.token_urlsafe(_PASSWORD_BYTES)
        self._accounts.reset_password(self._accounts.named(name), chosen, temporary=password is None)
        return chosen

    def reset_second_factor(self, name: str) -> int:
        """Takes a person's apps and passkeys away, as after a lost telephone, and ends what they are signed in to.

        Whoever needs one sets another up at the next sign-in. Returns how many they had.
        """
        return self._accounts.reset_second_factor(self._accounts.named(name))
