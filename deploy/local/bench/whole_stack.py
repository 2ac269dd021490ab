"""A throw-away stack with its services, a directory of its own and a mail server that takes every e-mail."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local import postgres
from deploy.local.bench.families import write_directory
from deploy.local.demo.mail import MailCounter, MailServer
from deploy.local.detached import start_detached, stop
from deploy.local.directory import apply_directory
from deploy.local.home import Home, Stack, load_stack

_CLOCK = "PARLEY_CLOCK"


@contextmanager
def start_whole_stack(home: Home) -> Iterator[Stack]:
    """Kafka, PostgreSQL and every service, for as long as the context lasts; nothing of it stays."""
    home.create()
    before = os.environ.get(_CLOCK)
    # The sample's records are of 2025; by the wall's clock their conversations would be out of date.
    os.environ[_CLOCK] = "events"
    try:
        start_detached(home, lambda _kind, _text: None, die_with_us=True)
        stack = load_stack(home)
        with MailServer(MailCounter(home.path / "e-mails.jsonl"), stack.ports["smtp"]):
            directory = home.path / "directory.yaml"
            write_directory(directory)
            apply_directory(stack, directory)
            yield stack
    finally:
        stop(home)
        postgres.remove_outside(home)
        shutil.rmtree(home.path, ignore_errors=True)
        if before is None:
            os.environ.pop(_CLOCK, None)
        else:
            os.environ[_CLOCK] = before
