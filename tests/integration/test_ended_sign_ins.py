"""A sign-in that the identity provider ends: its pages and its tokens end with it, in every service, and no other's."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.access.tokens import SignedOut
from shared.contracts.administration import SignInEnded
from shared.service.ended_sign_ins import EndedSignIns, event_of
from tests.support.identity import ec_key, logout_claims, signed
from tests.support.pages_service import AnyPagesService, serving_pages
from tests.support.visitor import Visitor

OPERATOR: dict[str, Any] = {"roles": ["operator"], "areas": []}


def logout(service: AnyPagesService, **changes: Any) -> dict[str, str]:
    now = int(datetime.now(UTC).timestamp())
    made = {"iss": service.provider.issuer, "iat": now, "exp": now + 60, "jti": str(uuid4()), **changes}
    return {"logout_token": signed(logout_claims(**made), ec_key())}


async def events(service: AnyPagesService) -> list[SignInEnded]:
    rows = await service.pool.fetch("SELECT value FROM outbox WHERE topic = 'notices' ORDER BY id")
    return [SignInEnded.model_validate_json(row["value"]) for row in rows]


async def shows(visitor: Visitor) -> int:
    return (await visitor.get("/pages/notices")).status_code


async def test_a_logout_token_ends_its_session_once_and_is_published(databases: Any) -> None:
    async with serving_pages(databases, "administration") as service, Visitor(service) as one, Visitor(service) as two:
        service.app.state.ended_sign_ins = EndedSignIns(service.pool)
        for visitor, sid in ((one, "one"), (two, "two")):
            service.provider.person = {"preferred_username": "o.perator", "sid": sid, **OPERATOR}
            await visitor.follow("/pages/notices")
        assert [await shows(one), await shows(two)] == [200, 200]
        ended = logout(service, sid="one", sub="o.perator")
        for _ in range(2):
            answer = await service.http.post("/sign-in/ended", data=ended)
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert [await shows(one), await shows(two)] == [303, 200]
        [event] = await events(service)
        assert "one" not in event.model_dump_json()
        # Whoever has only the token of that sign-in is not let in either; the other one's is as good as before.
        for sid, status in (("one", 401), ("two", 200)):
            token = service.provider.access_token({"preferred_username": "o.perator", "sid": sid, **OPERATOR})
            asked = await service.http.get("/retention", headers={"authorization": f"Bearer {token}"})
            assert asked.status_code == status, sid


@pytest.mark.parametrize("name", ["referral", "notification"])
async def test_every_service_ends_what_the_event_names(databases: Any, name: str) -> None:
    async with serving_pages(databases, name) as service, Visitor(service) as visitor:
        service.provider.person = {"preferred_username": "r.malik", "sid": "one", "roles": ["coordinator"]}
        await visitor.signs_in()
        assert await service.pool.fetchval("SELECT count(*) FROM web.page_session") == 1
        now = datetime.now(UTC)
        for of, left in (("o.ther", 1), ("r.malik", 0)):
            # A provider may name nobody but the person: then all of theirs ends.
            event = event_of(SignedOut("x", None, of), now)
            await service.receive("notices", (event.subject(), event), source="administration")
            assert await service.pool.fetchval("SELECT count(*) FROM web.page_session") == left
        known = EndedSignIns(service.pool)
        verifier = service.app.state.gate.verifier
        token = service.provider.access_token({"preferred_username": "r.malik", "sid": "one", "roles": []})
        principal = await verifier.verify(token)
        assert await known.include(principal)
        later = SignInEnded(person=event.person, occurred_at=now - timedelta(hours=11))
        await service.pool.execute("UPDATE web.ended_sign_in SET ended_at = $1", later.occurred_at)
        # Who signs in again afterwards is let in.
        assert not await known.include(principal)


async def test_what_is_no_logout_token_ends_nothing(databases: Any) -> None:
    async with serving_pages(databases, "administration") as service, Visitor(service) as visitor:
        service.provider.person = {"preferred_username": "o.perator", "sid": "one", **OPERATOR}
        await visitor.follow("/pages/notices")
        good = logout(service, sid="one")["logout_token"]
        sent: list[dict[str, Any]] = [
            {"data": {"logout_token": good[:-8] + "AAAAAAAA"}},
            {"data": {"logout_token": service.provider.access_token({"preferred_username": "x", "sid": "one"})}},
            {"data": {"other": good}},
            {"data": logout(service, sid="one", aud="account")},
            {"json": {"logout_token": good}},
            {"data": {"logout_token": "a" * 70_000}},
        ]
        for each in sent:
            answer: httpx.Response = await service.http.post("/sign-in/ended", **each)
            assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
        assert await shows(visitor) == 200
        assert await events(service) == []
