"""Parts of a stack, for tests and tools: Kafka and PostgreSQL without services, and the sign-in beside them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.stack import postgres
from deploy.stack.detached import start_detached, stop, wait_for_sign_in
from deploy.stack.errors import ParleyError
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


@contextmanager
def start_sign_in(home: Home) -> Iterator[Stack]:
    """The identity provider and the entrance, with PostgreSQL and nothing else, for as long as the context lasts.

    Everything of the home is removed at the end.
    """
    home.create()
    try:
        start_detached(home, lambda _kind, _text: None, parts="sign-in", die_with_us=True)
        if (problem := wait_for_sign_in(home, lambda _kind, _text: None)) is not None:
            raise ParleyError(problem)
        yield load_stack(home)
    finally:
        stop(home)
        postgres.remove_outside(home)
        shutil.rmtree(home.path, ignore_errors=True)
