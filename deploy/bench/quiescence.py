"""Quiescence of a benchmark's stack: everything sent into it is processed, including e-mails and facts."""

import asyncio
import time

import asyncpg
from confluent_kafka import KafkaException

from deploy.stack.consumer_groups import NoAnswerError
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.lag import group_lags
from deploy.stack.services import SERVICE_GROUPS, SERVICE_NAMES

_PATIENCE_S = 300.0
_QUIET_S = 2.0


def wait_until_quiescent(stack: Stack, submissions: int = 0) -> None:
    """Returns when this many submissions are screened and nothing has been in progress for some seconds.

    Raises ParleyError if that takes too long.
    """
    deadline = time.monotonic() + _PATIENCE_S
    calm_since: float | None = None
    while calm_since is None or time.monotonic() - calm_since < _QUIET_S:
        waits = asyncio.run(_waiting(stack, submissions)) or _behind(stack)
        now = time.monotonic()
        calm_since = None if waits else calm_since or now
        if now > deadline:
            raise ParleyError(f"The cases were not finished within {_PATIENCE_S:.0f} s: {waits[:3]}")
        time.sleep(0.3)


def _behind(stack: Stack) -> list[str]:
    """Groups that have records to read: those of services, and others with members.

    A group without members, such as that of a stopped provider, is not waited for.
    """
    try:
        lags = group_lags(stack.admin_properties())
        return [lag.group for lag in lags if lag.total and (lag.members or lag.group.startswith(SERVICE_GROUPS))]
    except (NoAnswerError, KafkaException, TimeoutError) as error:
        return [f"Kafka does not answer ({type(error).__name__})"]


async def _waiting(stack: Stack, count: int) -> list[str]:
    """What is still in progress, as text."""
    found = []
    for service in SERVICE_NAMES:
        connection = await asyncpg.connect(stack.admin_database_url(service))
        try:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                found.append(f"{service} has events to send")
            if (
                service == "screening"
                and count  # Counting millions of rows takes long.
                and await connection.fetchval("SELECT count(*) FROM submission") < count
            ):
                found.append("submissions are not screened")
            if service == "notification" and await connection.fetchval(
                "SELECT EXISTS (SELECT FROM email WHERE status = 'queued')"
            ):
                found.append("e-mails are not sent")
            if service == "outcomes" and await connection.fetchval("SELECT EXISTS (SELECT FROM changed_case)"):
                found.append("facts are not worked out")
        finally:
            await connection.close()
    return found
