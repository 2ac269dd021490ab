"""Which errors are transient. Work that meets one is retried; it never makes a record a dead letter."""

import asyncpg
from aiokafka.errors import KafkaError

from shared.privacy.key_encryption import KeyEncryptionUnavailableError
from shared.privacy.unwrapping import KeysRefusedError

# By SQLSTATE class: connections (08), authorisation (28: a credential may be renewed), transaction rollback (40:
# deadlock, serialisation), insufficient resources (53: disk full), object not in prerequisite state (55: lock not
# available), operator intervention (57: restart), system error (58), privileges (42501), read-only (25006).
_TRANSIENT_CLASSES = ("08", "28", "40", "53", "55", "57", "58")
_TRANSIENT_STATES = ("42501", "25006")


def is_transient(error: BaseException) -> bool:
    """Whether the same work can succeed later without a change to the record or the code."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES
    # asyncpg raises InterfaceError for a connection that was closed, InternalClientError when that happens between two
    # protocol messages, and OSError or TimeoutError at the socket.
    # A service that has unwrapped as many keys as it may goes on when its next minute has begun.
    return isinstance(
        error,
        asyncpg.InterfaceError
        | asyncpg.InternalClientError
        | KafkaError
        | KeyEncryptionUnavailableError
        | KeysRefusedError
        | OSError
        | TimeoutError,
    )
