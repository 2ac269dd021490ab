"""The whole system as real processes, the parties around it, and a calendar that can be moved."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from deploy.cli.clock import calendars, later, move_calendars, newest
from deploy.demo.provider_credentials import provider_credentials
from deploy.directory.apply import apply_directory
from deploy.stack.client_login import read_login
from deploy.stack.detached import start_detached
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.operator_api import OperatorClient
from tests.journeys.parties import Analyst, Coordinator, FrontDoor, Heard, Mailbox, Provider, Topic
from tests.journeys.people import Family, written

PLACES = Path(__file__).with_name("places.yaml")
AGENCIES = {
    "hants-schools": ("E10000014", "school"),
    "hants-health-visiting": ("E10000014", "health-visitor"),
    "sthelens-front-door": ("E08000013", "social-care"),
    "havering-mash": ("E09000016", "mash"),
}


class World:
    """Everybody, on one stack."""

    def __init__(self, stack: Stack, http: OperatorClient, mailbox: Mailbox) -> None:
        credentials = stack.home.credentials
        self.stack = stack
        self._began = datetime.now(UTC)
        self._moved_to = newest(calendars(stack)) or self._began
        self._families = 0
        self.mailbox = mailbox
        self.coordinator = Coordinator(http)
        self.analyst = Analyst(credentials)
        self.front_doors = {each: FrontDoor(credentials, each) for each in AGENCIES}
        self.providers = {
            each.provider: Provider(each, f"referrals@{each.provider}.example.org")
            for each in provider_credentials(credentials)
        }

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
                start_detached(home, lambda _kind, _text: None, parts="without-sign-in", die_with_us=True)
        stack = load_stack(home)
        mailbox = Mailbox()
        resources.enter_context(mailbox.listening(stack.ports["smtp"]))
        apply_directory(stack, PLACES)
        world = World(stack, resources.enter_context(OperatorClient(stack)), mailbox)
        resources.callback(world.close)
        yield world
