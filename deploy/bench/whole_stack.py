"""A throw-away stack that the services can be started on: a directory of its own, and a mail server that takes all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.bench.families import write_directory
from deploy.bench.service_processes import crew
from deploy.demo.mail import MailCounter, MailServer
from deploy.directory.apply import apply_directory
from deploy.stack.databases import migrate
from deploy.stack.harness import start_backing_services
from deploy.stack.home import Home, Stack


@contextmanager
def start_whole_stack(home: Home) -> Iterator[Stack]:
    """Kafka and PostgreSQL, for as long as the context lasts; nothing of it stays. Services come by `crew`."""
    with start_backing_services(home) as stack:
        asyncio.run(migrate(stack))
        with MailServer(MailCounter(home.path / "e-mails.jsonl"), stack.ports["smtp"]):
            directory = home.path / "directory.yaml"
            write_directory(directory)
            # Topics and users are made when every service has read the entries.
            with crew(stack):
                apply_directory(stack, directory)
            yield stack
