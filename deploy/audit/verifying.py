"""Reads a service's audit and its anchors as the administrator, past the service that is to be checked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
from pydantic import ValidationError

from deploy.rebuild.log import read_to_end
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from shared.audit import store
from shared.audit.verification import Anchor, ChainCheck, Flaw, Found, Verified
from shared.contracts.audit import AuditAnchored
from shared.contracts.topics import AUDIT_ANCHORS

Progress = Callable[[int, int], None]
_GUARDS = ("audit_continues", "audit_is_only_added_to")


@dataclass(frozen=True)
class Anchors:
    """What is on the anchors' topic; `unreadable`: how many of its records are no anchors."""

    known: tuple[Anchor, ...]
    unreadable: int = 0


def anchors_in_kafka(stack: Stack, progress: Progress) -> Anchors:
    """Every anchor that was ever published. Raises `ParleyError` where Kafka does not answer."""
    known: list[Anchor] = []
    unreadable = 0
    for messages in read_to_end(stack.admin_properties(), AUDIT_ANCHORS, 0, progress):
        for message in messages:
            try:
                known.append(_anchor(message.value() or b""))
            except ValidationError:
                unreadable += 1
    return Anchors(tuple(known), unreadable)


def anchors_in_file(path: Path) -> tuple[Anchor, ...]:
    """Heads that somebody kept elsewhere: what `parley audit heads` printed. Raises `ParleyError`."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    try:
        return tuple(_anchor(line) for line in lines if line.strip())
    except ValidationError as error:
        raise ParleyError(f"{path}: each line must be as `parley audit heads` prints it.") from error


async def verified(stack: Stack, services: Sequence[str], anchors: Iterable[Anchor]) -> list[Verified]:
    """What is found in the audits of these services. Raises OSError or asyncpg.PostgresError."""
    known = tuple(anchors)
    return [await _verified(stack, service, known) for service in services]


async def _verified(stack: Stack, service: str, anchors: Sequence[Anchor]) -> Verified:
    check = ChainCheck(service, anchors)
    try:
        connection = await asyncpg.connect(stack.admin_database_url(service), timeout=10)
    except asyncpg.InvalidCatalogNameError:
        return _without_table(check.end(), "there is no database")
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for entry in store.every(connection):
                check.add(entry)
            unguarded = await _unguarded(connection, service)
    except asyncpg.UndefinedTableError:
        return _without_table(check.end(), "there is no table `audit`")
    finally:
        await connection.close()
    result = check.end()
    return replace(result, found=(*unguarded, *result.found))


async def _unguarded(connection: "asyncpg.Connection[Any]", service: str) -> list[Found]:
    """What would let the service's own login, or a mistake, change the table."""
    [row] = await connection.fetch(
        """
        SELECT pg_get_userbyid(relowner) = $1,
            has_table_privilege($1, oid, 'UPDATE') OR has_table_privilege($1, oid, 'DELETE')
                OR has_table_privilege($1, oid, 'TRUNCATE'),
            (SELECT count(*) FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = ANY($2) AND tgenabled <> 'D')
        FROM pg_class WHERE oid = 'audit'::regclass
        """,
        service,
        list(_GUARDS),
    )
    owned, may, triggers = row
    wrong = {
        f"it belongs to {service}: `parley up` takes it": owned,
        f"{service} has a right to change it": may and not owned,
        "a trigger that refuses changes is off": triggers < len(_GUARDS),
    }
    return [Found(service, Flaw.UNGUARDED, 0, detail) for detail, so in wrong.items() if so]


def _without_table(verified: Verified, detail: str) -> Verified:
    missing = Found(verified.service, Flaw.CUT_OFF, 1, detail)
    return Verified(verified.service, 0, None, 0, (missing, *verified.found))


def _anchor(value: bytes) -> Anchor:
    event = AuditAnchored.model_validate_json(value)
    return Anchor(event.service, event.sequence, event.hash, event.at)
