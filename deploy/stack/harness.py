"""Kafka and PostgreSQL with databases, logins, users, topics and ACLs, but without services: for tests and tools."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.stack import postgres
from deploy.stack.detached import start_detached, stop
from deploy.stack.home import Home, Stack, load_stack


@contextmanager
def start_backing_services(home: Home, *, throw_away: bool = True) -> Iterator[Stack]:
    """A stack without services for as long as the context lasts; it stops even if this process is killed.

    The databases are empty: callers that need tables apply the migrations. With `throw_away` the home is removed at the
    end with everything in it.
    """
    home.create()
    try:
        start_detached(home, lambda _kind, _text: None, parts="backing", die_with_us=True)
        yield load_stack(home)
    finally:
        stop(home)
        if throw_away:
            postgres.remove_outside(home)
            shutil.rmtree(home.path, ignore_errors=True)
