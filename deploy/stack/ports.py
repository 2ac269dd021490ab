"""Which loopback ports the stack takes: the usual ones, and where somebody else has one, the next free."""

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.stack.errors import ParleyError
from services import MANIFESTS

PREFERRED_PORTS: Mapping[str, int] = {
    "kafka": 19092,
    "controller": 19093,
    "postgres": 15432,
    **{manifest.name: manifest.port for manifest in MANIFESTS},
    "smtp": 18025,
    "entrance": 8443,
    "identity": 18443,
    "identity-management": 18444,
}
_SEARCHED = 400


def is_free(port: int) -> bool:
    """True where a server may listen on 127.0.0.1 at this port now."""
    with socket.socket() as listener:
        # Without it, connections of an earlier run in TIME_WAIT would make our own port look taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    with socket.socket() as client:
        # Some systems let us bind beside a listener on all addresses.
        client.settimeout(0.2)
        return client.connect_ex(("127.0.0.1", port)) != 0


class PortClaims:
    """Ports that the stacks of this user have spoken for, from before they listen until their supervisor ends.

    Seconds pass between looking at a port and listening there; without claims two stacks that start together would
    choose the same ones. The system gives a claim back however its process ends.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"parley-ports-{os.getuid()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._held: dict[int, int] = {}

    def claim(self, port: int) -> bool:
        """True where the port is ours alone now."""
        if port in self._held:
            return True
        descriptor = os.open(self._folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._held[port] = descriptor
        return True

    def release(self) -> None:
        """Give all of them back."""
        for descriptor in self._held.values():
            os.close(descriptor)
        self._held.clear()


def choose_ports(
    claims: PortClaims, remembered: Mapping[str, int], unchecked: Iterable[str] = ()
) -> tuple[dict[str, int], str | None]:
    """A port for each name, claimed, and a note for the user where somebody else holds the one we wanted.

    The remembered port is kept while it can be had, so that addresses stay the same from start to start. For names in
    `unchecked` it doesn't matter who listens: an outside server may be meant.
    """
    chosen: dict[str, int] = {}
    moved: list[str] = []
    for name, preferred in PREFERRED_PORTS.items():
        first = remembered.get(name, preferred)
        taken = set(chosen.values()) | {port for other, port in remembered.items() if other != name}
        port = next(
            (
                port
                for port in range(first, first + _SEARCHED)
                if port not in taken and ((name in unchecked and port == first) or is_free(port)) and claims.claim(port)
            ),
            None,
        )
        if port is None:
            raise ParleyError(
                f"No free port for {name} between {first} and {first + _SEARCHED - 1}. "
                "Stop what holds them (`ss -ltnp` lists it), then start again."
            )
        if port != first:
            moved.append(f"{name} uses {port} instead of {first}")
        chosen[name] = port
    return chosen, f"Ports are taken by other programs: {', '.join(moved)}." if moved else None
