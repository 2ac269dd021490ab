"""The terminal display while the stack starts or stops."""

import re
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.cli.tables import plain_table
from deploy.stack.home import Stack
from deploy.stack.services import SERVICE_NAMES


class Steps:
    """A line with a spinner that shows the current step; plain lines if the output is not a terminal."""

    def __init__(self, console: Console, first: str) -> None:
        self._console = console
        self._status = console.status(first)
        self._last = ""
        self._spins = console.is_terminal

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def step(self, text: str) -> None:
        """Shows the current step."""
        if self._spins:
            self._status.update(escape(text))
            return
        # Plain lines stay on the screen, so steps that differ only in a count are shown once.
        gist = re.sub(r"\d+", "", text)
        if gist != self._last:
            self._last = gist
            self._console.print(text, highlight=False, markup=False)

    def note(self, text: str) -> None:
        """Shows a note that stays on the screen."""
        self._console.print(text, style="yellow", highlight=False, markup=False)

    def stop(self) -> None:
        """Stops the spinner; further steps are plain lines."""
        self._spins = False
        self._status.stop()


def stack_table(stack: Stack) -> Table:
    """A table of the running servers and services, their addresses and their logs."""
    remembered = stack.home.remembered()
    table = plain_table("what", "where", "log")
    log = stack.home.log
    postgres = stack.database_admin_url.rpartition("@")[2]
    table.add_row("Kafka", stack.kafka_bootstrap, "" if remembered.get("external_kafka") else f"{log}/kafka.log")
    table.add_row("PostgreSQL", postgres, "" if remembered.get("external_postgres") else f"{log}/postgres.log")
    table.add_row("entrance", f"{stack.entrance_url}/", f"{log}/entrance.log")
    table.add_row("sign-in", stack.identity_issuer, "" if stack.external_identity else f"{log}/identity.log")
    for name in SERVICE_NAMES:
        table.add_row(name, stack.http_url(name), f"{log}/{name}.log")
    table.add_row("credentials", str(stack.home.credentials), "")
    return table
