"""One demo at a time in a home."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home


@contextlib.contextmanager
def only_demo(home: Home) -> Iterator[None]:
    """Hold the home's demo. The system frees it however we end. Raises `ParleyError` where another one runs."""
    descriptor = os.open(home.run / "demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ParleyError(f"A demo is already under way in {home.path}. Wait for it, or end it first.") from None
        yield
    finally:
        os.close(descriptor)
