"""A sign-in that the identity provider ends: its pages and its tokens end with it, in every service, and no other's."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from shared.access.tokens import SignedOut
from shared.contracts.administration import SignInEnded
from shared.service.ended_sign_ins import EndedSignIns, event_of
from shared.web.sessions import SessionRetention
from tests.support.identity import ec_key, logout_claims, signed
from tests.support.pages_service import AnyPagesService, coordinator, serving_pages
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


async def test_a_service_that_reads_of_it_ends_the_pages_and_takes_no_token_of_theirs(databases: Any) -> None:
    async with serving_pages(databases, "referral") as service, Visitor(service) as visitor:
        service.app.state.ended_sign_ins = EndedSignIns(service.pool)
        # Sessions and sign-ins are no business's rows: what other tests left of them is still there.
        await service.pool.execute("DELETE FROM web.ended_sign_in")

        async def asks(sid: str, seconds: int = 0) -> int:
            person = coordinator("r.malik", sid=sid, iat=int(time.time()) + seconds)
            headers = {"authorization": f"Bearer {service.provider.access_token(person)}"}
            return (await service.http.get("/worklist", headers=headers)).status_code

        async def ends(session: str | None, person: str) -> None:
            event = event_of(SignedOut("x", session, person), datetime.now(UTC))
            await service.receive("notices", (event.subject(), event), source="administration")

        await visitor.signs_in(sid="one")
        await ends("two", "r.malik")
        assert [(await visitor.get("/pages/worklist")).status_code, await asks("one"), await asks("two")] == [
            200,
            200,
            401,
        ]
        await ends("one", "r.malik")
        assert [(await visitor.get("/pages/worklist")).status_code, await asks("one")] == [303, 401]
        # A provider may name nobody but the person. Then all of theirs has ended, but not what they begin afterwards.
        await visitor.signs_in(sid="three")
        await ends(None, "o.ther")
        assert await asks("three") == 200
        await ends(None, "r.malik")
        assert [(await visitor.get("/pages/worklist")).status_code, await asks("three")] == [303, 401]
        assert await asks("four", seconds=2) == 200
        retention = SessionRetention(service.pool)
        await retention.apply(datetime.now(UTC) + timedelta(hours=9))
        assert await service.pool.fetchval("SELECT count(*) FROM web.ended_sign_in") == 4
        await retention.apply(datetime.now(UTC) + timedelta(hours=11))
        assert await service.pool.fetchval("SELECT count(*) FROM web.ended_sign_in") == 0


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
