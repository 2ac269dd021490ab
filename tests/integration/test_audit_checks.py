"""A check of the services' audits is one at a time, whoever starts it, and one service's trouble is not another's."""

import asyncio
from typing import Any, cast
from uuid import uuid4

from services.administration.handlers.audit_checks import AuditChecks
from services.administration.handlers.machinery import Machinery, NotAnsweredError
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.settings import ServiceSettings


class _Services:
    """Three services: one whose audit holds, one that does not answer, and one whose answer is not understood."""

    services = ("referral", "families", "screening")

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def check_audit(self, _token: str, service: str, _after: int, _known: Any) -> dict[str, Any]:
        self.asked.append(service)
        if service == "families":
            raise NotAnsweredError
        if service == "screening":
            return {}
        return {"entries": 3, "found": [], "hashes": {}, "last": {"sequence": 3, "hash": "a"}, "done": True}


async def test_of_two_who_start_a_check_at_once_one_does_and_each_service_is_asked_once(databases: Any) -> None:
    database, services = await databases("administration"), _Services()
    context = Context("administration", ServiceSettings(), database.pool, database.keyring, Clock("wall"))
    checks = AuditChecks(context, cast(Machinery, services))
    await asyncio.gather(*(checks.start("token", "staff-" + "0" * 32, uuid4()) for _ in range(2)))
    assert checks.is_running
    await checks.finished()
    rows = await database.pool.fetch("SELECT service, status, entries FROM audit_check ORDER BY service")
    assert [tuple(row) for row in rows] == [
        ("families", "stopped", 0),
        ("referral", "done", 3),
        ("screening", "stopped", 0),
    ]
    assert services.asked == [*_Services.services]
