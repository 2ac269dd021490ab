"""People of a stack's real Keycloak, signed in as the command line signs them in."""

from collections.abc import Iterable
from pathlib import Path

from deploy.demo.browser import signed_in_by_device
from deploy.directory.people import People
from deploy.stack.home import Stack
from deploy.stack.sign_in import SignIn
from shared.access.accounts import Person
from shared.access.roles import Role

PASSWORD = "a password of twelve and more"


def signed_in_person(
    stack: Stack, folder: Path, name: str, role: Role, areas: Iterable[str] = (), **party: str
) -> SignIn:
    """Somebody of this role, added where nobody has the name; their tokens are in `folder`, and renewed as needed.

    `party` is their `agency` or `provider`, for the roles that have one.
    """
    with People(stack) as people:
        if any(person.name == name for person in people.all()):
            people.reset_password(name, password=PASSWORD)
        else:
            people.add(Person(name, (role,), tuple(areas), **party), password=PASSWORD)
    sign_in = SignIn(stack.home, file=folder / f"{role}.{name}.json")
    sign_in.store(stack.identity_issuer, signed_in_by_device(stack, name, PASSWORD))
    return sign_in
