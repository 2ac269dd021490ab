"""A made-up person for each role, so that a newcomer can sign in as each of them, and the demo act as them."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.demo.browser import signed_in_by_device
from deploy.directory.people import People
from deploy.directory.topic import registered_entries
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack
from deploy.stack.openid import Issued
from deploy.stack.secret_store import write_private
from deploy.stack.sign_in import SignIn
from shared.access.accounts import OF_A_PROVIDER, OF_AN_AGENCY, OF_AN_AREA, Person
from shared.access.roles import Role
from shared.contracts.directory import AgencyRegistered, AreaRegistered, DirectoryEntry, OfferRegistered

# Names of nobody, as all of the demo.
_NAMES = {
    "practitioner": ("Amara", "Okoye"),
    "team-manager": ("Huw", "Bevan"),
    "coordinator": ("Rukhsana", "Malik"),
    "panel-member": ("Donal", "Keane"),
    "provider-worker": ("Mei", "Tang"),
    "provider-manager": ("Callum", "Reid"),
    "analyst": ("Zofia", "Nowak"),
    "trainer": ("Gwen", "Pryce"),
    "area-administrator": ("Tunde", "Bello"),
    "operator": ("Sam", "Ellis"),
}


def password_file(home: Home, name: str) -> Path:
    """The file with the password of a person of the demo."""
    return home.credentials / "people" / f"{name}.password"


def sign_in_as(stack: Stack, name: str) -> Issued:
    """The tokens of a person of the demo, who signs in as anybody does. Raises `ParleyError` where there is none."""
    try:
        password = password_file(stack.home, name).read_text(encoding="utf-8").strip()
    except OSError:
        raise ParleyError(
            f"The demo of {stack.home.path} has nobody called {name}. `parley sign-in` is for everybody else."
        ) from None
    return signed_in_by_device(stack, name, password)


@contextmanager
def acting_as(stack: Stack, role: Role) -> Iterator[SignIn]:
    """The demo's person of this role, signed in for as long as the context lasts."""
    name = f"demo-{role}"
    file = stack.home.path / "demo" / f"{name}.json"
    file.parent.mkdir(mode=0o700, exist_ok=True)
    sign_in = SignIn(stack.home, file=file)
    sign_in.store(stack.identity_issuer, sign_in_as(stack, name))
    try:
        yield sign_in
    finally:
        sign_in.end()


def add_demo_people(stack: Stack) -> list[Person]:
    """Adds whoever is missing of them, with their passwords in `credentials/people`. Safe to repeat."""
    folder = stack.home.credentials / "people"
    folder.mkdir(mode=0o700, exist_ok=True)
    wanted = demo_people(list(registered_entries(stack).values()))
    with People(stack) as known:
        present = {person.name for person in known.all()}
        for person in wanted:
            file = password_file(stack.home, person.name)
            if person.name in present and file.exists():
                continue
            password = secrets.token_urlsafe(12)
            # The file first: a password that nobody could find would be of no use.
            write_private(file, password + "\n")
            if person.name in present:
                known.reset_password(person.name, password=password)
            else:
                known.add(person, password=password)
    return wanted


def demo_people(entries: Sequence[DirectoryEntry]) -> list[Person]:
    """One person for each role: of the first area, and of an agency and a provider in it.

    The coordinator is of every area, so that what a newcomer looks at first is all of the demo.
    """
    every_area = tuple(entry.id for entry in entries if isinstance(entry, AreaRegistered))
    area = every_area[0]
    agency = _first(entry.id for entry in entries if isinstance(entry, AgencyRegistered) and area in entry.areas)
    provider = _first(
        entry.provider for entry in entries if isinstance(entry, OfferRegistered) and area in (entry.areas or [area])
    )
    people: list[Person] = []
    for role, (given, family) in _NAMES.items():
        if (role in OF_AN_AGENCY and agency is None) or (role in OF_A_PROVIDER and provider is None):
            continue
        people.append(
            Person(
                name=f"demo-{role}",
                roles=(role,),
                areas=every_area if role == Role.COORDINATOR else (area,) if role in OF_AN_AREA | OF_AN_AGENCY else (),
                agency=agency if role in OF_AN_AGENCY else None,
                provider=provider if role in OF_A_PROVIDER else None,
                given_name=given,
                family_name=family,
            )
        )
    return people


def _first(ids: Iterable[str]) -> str | None:
    return next(iter(ids), None)
