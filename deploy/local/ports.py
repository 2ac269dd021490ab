"""Which loopback ports the stack takes: the usual ones, and where somebody else has one, the next free."""

import socket
from collections.abc import Iterable, Mapping

from deploy.local.errors import ParleyError

PREFERRED_PORTS: Mapping[str, int] = {
    "kafka": 19092,
    "controller": 19093,
    "postgres": 15432,
    "screening": 18081,
    "referral": 18082,
    "notification": 18083,
    "outcomes": 18084,
    "smtp": 18025,
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


def choose_ports(
    remembered: Mapping[str, int], unchecked: Iterable[str] = ()
) -> tuple[dict[str, int], tuple[str, ...]]:
    """A port for each name, and a note for each one that somebody else holds.

    The remembered port is kept while it is free, so that addresses stay the same from start to start. Names in
    `unchecked` keep theirs whoever listens: an outside server may be meant.
    """
    chosen: dict[str, int] = {}
    notes: list[str] = []
    for name, preferred in PREFERRED_PORTS.items():
        first = remembered.get(name, preferred)
        if name in unchecked:
            chosen[name] = first
            continue
        taken = set(chosen.values()) | {port for other, port in remembered.items() if other != name}
        port = next((p for p in range(first, first + _SEARCHED) if p not in taken and is_free(p)), None)
        if port is None:
            raise ParleyError(
                f"No free port for {name} between {first} and {first + _SEARCHED - 1}. "
                "Stop what holds them (`ss -ltnp` lists it), then start again."
            )
        if port != first:
            notes.append(f"Port {first} is taken by another program: {name} uses {port}.")
        chosen[name] = port
    return chosen, tuple(notes)
