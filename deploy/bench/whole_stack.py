"""A temporary stack for running the services: with its own directory, and a mail server that accepts everything."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.bench.families import write_directory
from deploy.bench.service_processes import running_services
from deploy.demo.mail import MailCounter, MailServer
from deploy.directory.apply import apply_directory
from deploy.stack.databases import migrate
from deploy.stack.harness import start_backing_services
from deploy.stack.home import Home, Stack


@contextmanager
def start_whole_stack(home: Home) -> Iterator[Stack]:
    """Kafka and PostgreSQL for as long as the context lasts, then removed. Start services with `running_services`."""
    with start_backing_services(home) as stack:
        asyncio.run(migrate(stack))
        with MailServer(MailCounter(home.path / "e-mails.jsonl"), stack.ports["smtp"]):
            directory = home.path / "directory.yaml"
            write_directory(directory)
            # Topics and users are created once every service has read the entries.
            with running_services(stack):
                apply_directory(stack, directory, make_keys=True)
            yield stack
