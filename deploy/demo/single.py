"""Ensures that only one demo runs in a home at a time."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home


@contextlib.contextmanager
def only_demo(home: Home) -> Iterator[None]:
    """Holds the home's demo lock, which the system releases at exit. Raises `ParleyError` if another demo runs."""
    descriptor = os.open(home.run / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ParleyError(f"A demo is already under way in {home.path}. Wait for it, or end it first.") from None
        yield
    finally:
        os.close(descriptor)
