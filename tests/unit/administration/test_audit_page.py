"""The page of the audits while a check begins or ends: what it shows is as old as what was read."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.administration.web.pages import overview

ROW = {
    **{"service": "workforce", "entries": 0, "sequence": None, "hash": None, "earlier": 0, "ended_at": None},
    **{"status": "running", "found": [], "started_at": datetime(2041, 1, 1, tzinfo=UTC), "started_by": "o.perator"},
}


class Shown:
    """Pages that keep what would be shown."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.context = SimpleNamespace(pool=SimpleNamespace(acquire=self._acquired))

    def guarded(self, endpoint: Any) -> Any:
        return endpoint

    async def render(self, *_given: Any, **values: Any) -> None:
        self.values = values

    @asynccontextmanager
    async def _acquired(self) -> Any:
        yield None


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True), (True, True)])
async def test_a_check_that_ends_or_begins_while_it_is_read_is_under_way(
    monkeypatch: pytest.MonkeyPatch, before: bool, after: bool
) -> None:
    checks, pages, request = SimpleNamespace(is_running=before), Shown(), SimpleNamespace()

    async def heads(_token: str) -> Any:
        return SimpleNamespace(items=[], silent=[])

    async def latest(_connection: Any) -> list[dict[str, Any]]:
        checks.is_running = after
        return [ROW]

    monkeypatch.setattr(overview, "token_of", lambda _request: "")
    monkeypatch.setattr(overview.queries, "latest", latest)
    machinery: Any = SimpleNamespace(heads=heads)
    made: Any = (pages, machinery, checks)
    (audit,) = [route.endpoint for route in overview.routes(*made) if route.path == "/pages/audit"]
    await audit(request)
    assert pages.values["running"] is True
    assert [each["text"] for each in pages.values["checked"]] == ["Under way"]
