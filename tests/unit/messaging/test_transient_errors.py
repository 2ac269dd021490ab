"""A transient error never makes a good record a dead letter."""

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from shared.messaging.core.records import Finding, RejectedError
from shared.messaging.core.transient_errors import is_transient


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.CrashShutdownError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.DiskFullError(),
        asyncpg.InsufficientPrivilegeError(),
        asyncpg.InvalidPasswordError(),
        asyncpg.InterfaceError("connection is closed"),
        # A database server that is killed between two messages of the protocol.
        asyncpg.InternalClientError("got result for unknown protocol state 3"),
        ConnectionResetError(),
        TimeoutError(),
        KafkaConnectionError(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_transient_errors_are_retried(fault: Exception) -> None:
    assert is_transient(fault)


@pytest.mark.parametrize(
    "fault",
    [
        RejectedError([Finding("agency", "must be the agency whose topic this is")]),
        asyncpg.CheckViolationError(),
        asyncpg.DataError(),
        ValueError(),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_other_errors_reject_the_record(fault: Exception) -> None:
    assert not is_transient(fault)
