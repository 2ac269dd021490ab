"""Checks the services' audits in the background, part by part, with the token of whoever started it.

Each service looks at its own chain; what it says is held against the heads that earlier checks have kept here, in
another database. That shows a mistake, and whoever changed a table past the service; not a service that lies of all.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog

from services.administration.handlers.machinery import Machinery, NotAnsweredError, RefusedError
from services.administration.repository import audit_checks
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once

_STOPPED = "the service did not answer, or the sign-in had ended: start it again"
log = structlog.get_logger()


class AuditChecks:
    """One check at a time in this process."""

    def __init__(self, context: Context, machinery: Machinery) -> None:
        self._context = context
        self._machinery = machinery
        self._running: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @property
    def is_running(self) -> bool:
        """Whether a check is under way here."""
        return self._running is not None and not self._running.done()

    async def start(self, token: str, person: str, key: UUID) -> None:
        """Starts a check of all services under the key of its form; one that is under way goes on instead.

        Raises AlreadySentError.
        """
        # Two who ask at once would both see that none is under way.
        async with self._starting:
            if self.is_running:
                return
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await claim_once(tx, key)
                services = self._machinery.services
                await audit_checks.start(tx.connection, key, services, datetime.now(UTC), person)
            self._running = asyncio.create_task(self._all(key, token))

    async def finished(self) -> None:
        """Waits until the check that is under way has ended."""
        if self._running is not None:
            await self._running

    async def _all(self, check: UUID, token: str) -> None:
        for service in self._machinery.services:
            try:
                await self._one(check, service, token)
            except Exception as error:  # one service's trouble is not another's
                if not isinstance(error, NotAnsweredError | RefusedError):
                    log.error("an audit could not be checked", of=service, fault=type(error).__name__)
                await self._end(check, service, "stopped", [_flaw("stopped", 0, _STOPPED)], 0)

    async def _one(self, check: UUID, service: str, token: str) -> None:
        async with in_transaction(self._context.pool, self._context.service) as tx:
            known = await audit_checks.earlier_heads(tx.connection, service)
        head: tuple[int, str] | None = None
        entries, agreed, found = 0, 0, list[dict[str, Any]]()
        while True:
            part: Mapping[str, Any] = await self._machinery.check_audit(token, service, head[0] if head else 0, known)
            entries += part["entries"]
            found += part["found"]
            for number, text in part["hashes"].items():
                if known.get(int(number)) == text:
                    agreed += 1
                else:
                    found.append(_flaw("not-as-anchored", int(number), "an earlier check saw another hash"))
            if part["last"]:
                head = (part["last"]["sequence"], part["last"]["hash"])
            async with in_transaction(self._context.pool, self._context.service) as tx:
                await audit_checks.progress(tx.connection, check, service, head, entries)
            if part["done"]:
                break
        if beyond := [number for number in known if number > (head[0] if head else 0)]:
            found.append(_flaw("cut-off", max(beyond), "an earlier check saw this entry, and it is not there"))
        await self._end(check, service, "done", found, agreed)

    async def _end(self, check: UUID, service: str, status: str, found: list[dict[str, Any]], agreed: int) -> None:
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await audit_checks.end(tx.connection, check, service, status, found, agreed)


def _flaw(flaw: str, sequence: int, detail: str) -> dict[str, Any]:
    return {"flaw": flaw, "sequence": sequence, "detail": detail}
