"""Which faults pass by themselves. Those are waited out; a record is never a dead letter because of one."""

import asyncpg
from aiokafka.errors import KafkaError

# By SQLSTATE class: connections (08), authorisation (28: a credential may be renewed), transaction rollback (40:
# deadlock, serialisation), insufficient resources (53: disk full), object not in prerequisite state (55: lock not
# available), operator intervention (57: restart), system error (58), privileges (42501), read-only (25006).
_PASSING_CLASSES = ("08", "28", "40", "53", "55", "57", "58")
_PASSING_STATES = ("42501", "25006")


def is_passing(error: BaseException) -> bool:
    """Whether the same work can succeed later without anybody changing the record or the code."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith(_PASSING_CLASSES) or state in _PASSING_STATES
    # asyncpg raises InterfaceError for a connection that is closed under it, InternalClientError where that happens
    # between two messages of the protocol, OSError and TimeoutError at the socket.
    return isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError | KafkaError | OSError | TimeoutError)
