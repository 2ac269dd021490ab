"""The whole system as real processes, the parties around it, and a calendar that can be moved."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from deploy.cli.clock import calendars, later, move_calendars, newest
from deploy.demo.provider_credentials import provider_credentials
from deploy.directory.apply import apply_directory
from deploy.stack.client_login import read_login
from deploy.stack.detached import start_detached, wait_for_sign_in
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.log_check import Complaint
from deploy.stack.operator_api import OperatorClient
from shared.access.roles import Role
from tests.journeys.parties import Analyst, Coordinator, FrontDoor, Heard, Mailbox, Provider, Topic
from tests.journeys.people import Family, written
from tests.support.staff_at_keycloak import signed_in_person

PLACES = Path(__file__).with_name("places.yaml")
AGENCIES = {
    "hants-schools": ("E10000014", "school"),
    "hants-health-visiting": ("E10000014", "health-visitor"),
    "sthelens-front-door": ("E08000013", "social-care"),
    "havering-mash": ("E09000016", "mash"),
}
AREAS = sorted({area for area, _ in AGENCIES.values()})
NOWHERE = frozenset({Role.OPERATOR})


class World:
    """Everybody, on one stack."""

    def __init__(self, stack: Stack, mailbox: Mailbox, folder: Path) -> None:
        credentials = stack.home.credentials
        self._stack = stack
        self._folder = folder
        self._began = datetime.now(UTC)
        self._moved_to = newest(calendars(stack)) or self._began
        self._families = 0
        self._expected: list[tuple[frozenset[str], datetime, datetime]] = []
        self.mailbox = mailbox
        self._clients: dict[tuple[Role, str], OperatorClient] = {}
        self.coordinator = Coordinator(self.acting_as(Role.COORDINATOR))
        self.analyst = Analyst(credentials)
        self.front_doors = {each: FrontDoor(credentials, each) for each in AGENCIES}
        self.providers = {
            each.provider: Provider(each, f"referrals@{each.provider}.example.org")
            for each in provider_credentials(credentials)
        }

    @property
    def stack(self) -> Stack:
        """What it runs on."""
        return self._stack

    def acting_as(self, role: Role, name: str | None = None) -> OperatorClient:
        """The services' pages as somebody of this role has them, in every area, who signs in at Keycloak once."""
        who = (role, name or f"the.{role}")
        if who not in self._clients:
            sign_in = signed_in_person(self.stack, self._folder, who[1], role, () if role in NOWHERE else AREAS)
            self._clients[who] = OperatorClient(self.stack, sign_in=sign_in)
        return self._clients[who]

    def of_agency(self, agency: str) -> OperatorClient:
        """The services as a practitioner of this agency has them."""
        return self._of_party(Role.PRACTITIONER, agency, (AGENCIES[agency][0],), agency=agency)

    def of_provider(self, provider: str) -> OperatorClient:
        """The services as somebody who works for this provider has them."""
        return self._of_party(Role.PROVIDER_WORKER, provider, (), provider=provider)

    def _of_party(self, role: Role, name: str, areas: Sequence[str], **party: str) -> OperatorClient:
        who = (role, name)
        if who not in self._clients:
            sign_in = signed_in_person(self.stack, self._folder, f"{role}.of.{name}", role, areas, **party)
            self._clients[who] = OperatorClient(self.stack, sign_in=sign_in)
        return self._clients[who]

    @contextmanager
    def errors_expected(self, *services: str) -> Iterator[None]:
        """What these services write of errors meanwhile is no complaint: something is done to them on purpose."""
        began = datetime.now(UTC)
        yield
        self._expected.append((frozenset(services), began, datetime.now(UTC)))

    def expects(self, complaint: Complaint) -> bool:
        """Whether an error in a log was to be expected when it was written."""
        if not complaint.line.startswith("{"):
            return False
        at = datetime.fromisoformat(json.loads(complaint.line)["timestamp"])
        return any(complaint.log in services and began <= at <= ended for services, began, ended in self._expected)

    @property
    def now(self) -> datetime:
        """Today, as the calendars have it."""
        return max(self._moved_to, datetime.now(UTC))

    @property
    def written_now(self) -> str:
        """The same, as a record says it."""
        return written(self.now)

    def family(self, agency: str, surname: str, mother: str, father: str, **more: object) -> Family:
        """A family that has never been seen before."""
        self._families += 1
        area, source = AGENCIES[agency]
        ref = f"F{self._families}-{self._began:%H%M%S}"
        number = int(f"{self._began:%d%H%M%S}")
        return Family(agency, area, source, ref, surname, mother, father, number=number, **more)  # type: ignore[arg-type]

    def calendar_moves_to(self, at: datetime) -> None:
        """Every service's calendar is moved on; returns when all that was due by then is done."""
        self._moved_to = max(self.now, at)
        move_calendars(self.stack, self._moved_to)

    def days_end(self) -> None:
        """Two days on: where outcomes has just begun, the batch after its first day is the first one with facts."""
        for _ in range(2):
            self.calendar_moves_to(self.now + timedelta(days=1))
            # Whoever asks gets the batch that is due.
            self.acting_as(Role.ANALYST).get("outcomes", "/releases")

    def months_pass(self, months: int) -> None:
        """So many months on, and a day, so that what is due in so many months is due."""
        self.calendar_moves_to(later(self.now, months, "m") + timedelta(days=1))

    def operator_reads(self, topic: str) -> list[Heard]:
        """Everything on a topic between the services, which the operator may read."""
        login = read_login(self.stack.home.credentials / "operator.properties")
        with closing(Topic(login, topic, "operator.journeys")) as read:
            return read.heard()

    def close(self) -> None:
        """Everybody leaves."""
        for client in self._clients.values():
            client.__exit__()
        for front_door in self.front_doors.values():
            front_door.close()
        for provider in self.providers.values():
            provider.close()
        self.analyst.close()


@contextmanager
def world_in(home: Home) -> Iterator[World]:
    """Starts every service, registers the places, and brings everybody in. The stack is left running."""
    home.create()
    with ExitStack() as resources:
        if home.supervisor() is None:
            with patch.dict(os.environ, {"PARLEY_CLOCK": "events"}):
                start_detached(home, lambda _kind, _text: None, die_with_us=True)
        problem = wait_for_sign_in(home, lambda _kind, _text: None)
        assert problem is None, problem
        stack = load_stack(home)
        mailbox = Mailbox()
        resources.enter_context(mailbox.listening(stack.ports["smtp"]))
        apply_directory(stack, PLACES, make_keys=True)
        folder = Path(resources.enter_context(TemporaryDirectory()))
        world = World(stack, mailbox, folder)
        resources.callback(world.close)
        yield world
