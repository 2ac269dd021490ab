"""When all that was sent into a stack has come to its end, e-mails and facts included."""

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
_REST_S = 2.0


def wait_for_rest(stack: Stack, submissions: int = 0) -> None:
    """Returns when so many submissions are screened and nothing has been under way for some seconds.

    Raises ParleyError where that takes too long.
    """
    deadline = time.monotonic() + _PATIENCE_S
    calm_since: float | None = None
    while calm_since is None or time.monotonic() - calm_since < _REST_S:
        waits = asyncio.run(_waiting(stack, submissions)) or _behind(stack)
        now = time.monotonic()
        calm_since = None if waits else calm_since or now
        if now > deadline:
            raise ParleyError(f"The cases did not come to rest within {_PATIENCE_S:.0f} s: {waits[:3]}")
        time.sleep(0.3)


def _behind(stack: Stack) -> list[str]:
    """Groups that have records to read: the services', and others that somebody reads in.

    A provider that has gone home reads on when it comes back, which is not waited for.
    """
    try:
        lags = group_lags(stack.admin_properties())
        return [lag.group for lag in lags if lag.total and (lag.members or lag.group.startswith(SERVICE_GROUPS))]
    except (NoAnswerError, KafkaException, TimeoutError) as error:
        return [f"Kafka does not say ({type(error).__name__})"]


async def _waiting(stack: Stack, count: int) -> list[str]:
    """What is not at its end yet, in words."""
    found = []
    for service in SERVICE_NAMES:
        connection = await asyncpg.connect(stack.database_url(service))
        try:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                found.append(f"{service} has events to send")
            if (
                service == "screening"
                and count  # Counting takes its time where there are millions.
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
