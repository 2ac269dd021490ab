"""Who gets into the pages and who does not, and what ends a session."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from deploy.stack.services import navigation
from shared.web.sessions import Sessions, Tokens
from tests.support.pages_service import PagesService, serving
from tests.support.referral_families import ASKING_AREA, some_id
from tests.support.referral_service import CASE, DIRECTORY, family
from tests.support.visitor import Visitor

COOKIE = "__Host-parley-referral"
FAMILY = some_id("case-F1")
AT = f"/referral/pages/cases/{FAMILY}"


@pytest_asyncio.fixture
async def service(databases: Any) -> AsyncIterator[PagesService]:
    async with serving(databases, *DIRECTORY) as opened:
        await opened.screened(family("F1", area=ASKING_AREA))
        yield opened


async def sessions(service: PagesService) -> int:
    return int(await service.pool.fetchval("SELECT count(*) FROM web.page_session"))


async def test_whoever_is_not_signed_in_comes_back_to_the_page_that_they_asked_for(service: PagesService) -> None:
    async with Visitor(service) as somebody:
        service.provider.person = {"preferred_username": "r.malik", "roles": ["coordinator"], "areas": [ASKING_AREA]}
        page = await somebody.follow(f"/pages/cases/{FAMILY}?from=mail")
        assert str(page.url) == f"{service.origin}{AT}?from=mail"
        assert "Family F1" in page.text
        cookie = next(each for each in somebody.http.cookies.jar if each.name == COOKIE)
        assert cookie.secure
        assert cookie.path == "/"
        assert not cookie.domain_specified
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "lax"
        # Nobody who has the database finds the cookie, a token or a name there.
        rows = await service.pool.fetch("SELECT * FROM web.page_session")
        stored = repr([dict(row) for row in rows])
        assert cookie.value not in stored
        assert "malik" not in stored
        policy = page.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "wrong", [{"nonce": "another"}, {"aud": "parley-cli"}, {"iss": "https://elsewhere"}, {"sub": "x"}]
)
async def test_a_token_that_is_not_of_this_sign_in_lets_nobody_in(service: PagesService, wrong: dict[str, str]) -> None:
    service.provider.changes = wrong
    async with Visitor(service) as somebody:
        page = await somebody.signs_in()
        assert page.status_code == 403
        assert "You are not signed in" in page.text
    assert await sessions(service) == 0


async def test_a_way_back_that_is_taken_twice_leaves_the_session_as_it_is(service: PagesService) -> None:
    service.provider.person = {"preferred_username": "r.malik", "roles": ["coordinator"], "areas": [ASKING_AREA]}
    async with Visitor(service) as somebody:
        back = await somebody.callback()
        # As an entrance sends a GET again: with the cookies that the browser had then.
        first, second = await asyncio.gather(somebody.get(back), somebody.get(back))
        assert {first.status_code, second.status_code} == {303}
        assert (await somebody.follow("/pages/worklist")).status_code == 200
        assert (await somebody.get(back)).headers["location"] == "/referral/pages/worklist"
    assert service.provider.code_requests == 1


async def test_a_sign_in_that_another_browser_began_is_refused(service: PagesService) -> None:
    service.provider.person = {"preferred_username": "attacker", "roles": ["coordinator"], "areas": [ASKING_AREA]}
    async with Visitor(service) as attacker, Visitor(service) as somebody:
        back = await attacker.callback()
        await somebody.callback()
        assert (await somebody.get(back)).status_code == 403
        assert (await somebody.get("/sign-in/callback?state=x.y&code=z")).status_code == 403
    assert await sessions(service) == 0
    assert service.provider.code_requests == 0


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "/identity/x"]
)
async def test_nobody_is_sent_elsewhere_after_they_signed_in(service: PagesService, to: str) -> None:
    service.provider.person = {"preferred_username": "r.malik", "roles": ["coordinator"], "areas": [ASKING_AREA]}
    async with Visitor(service) as somebody:
        begun = await somebody.get("/sign-in", params={"to": to})
        back = (await somebody.http.get(begun.headers["location"])).headers["location"]
        assert (await somebody.get(back)).headers["location"] == "/"


async def test_signing_out_ends_the_session_here_and_at_the_provider(service: PagesService) -> None:
    async with Visitor(service) as somebody:
        page = await somebody.signs_in()
        kept = somebody.http.cookies[COOKIE]
        assert len(service.provider.sessions) == 1
        out = await somebody.sends(page, "/referral/sign-out")
        assert out.headers["location"] == "/?signed-out"
        assert out.headers["clear-site-data"] == '"cache", "storage"'
        assert (await sessions(service), service.provider.sessions) == (0, {})
        # Whoever copied the cookie has nothing.
        somebody.http.cookies.set(COOKIE, kept, domain="localhost.local")
        again = await somebody.get("/pages/worklist", headers={"Cookie": f"{COOKIE}={kept}"})
        assert again.status_code == 303


async def test_tokens_are_renewed_once_and_a_session_that_ended_at_the_provider_ends_here(
    service: PagesService,
) -> None:
    async with Visitor(service) as somebody:
        await somebody.signs_in()
        # The stored token is over: four pages at once, each of which would renew it.
        verifier = service.app.state.gate.verifier
        now, verifier._now = verifier._now, lambda: now() + 400
        service.provider.life_s, service.provider.delay_s = 1000, 0.5
        answers = await asyncio.gather(*(somebody.get("/pages/worklist") for _ in range(4)))
        assert [each.status_code for each in answers] == [200] * 4
        assert len(service.provider.sessions) == 1
        service.provider.sessions.clear()
        verifier._now = lambda: now() + 2000
        assert (await somebody.get("/pages/worklist")).status_code == 303
    assert await sessions(service) == 0


async def test_a_session_ends_without_use_and_at_the_latest(service: PagesService) -> None:
    begun = datetime(2041, 4, 1, 8, tzinfo=UTC)
    kept = Sessions(service.pool)
    idle, used = [await kept.begin(Tokens("access", "refresh", "r.malik"), begun) for _ in range(2)]
    assert await kept.find(idle, begun + timedelta(minutes=30))
    assert await kept.find(idle, begun + timedelta(minutes=61)) is None
    for minutes in range(0, 600, 25):
        assert await kept.find(used, begun + timedelta(minutes=minutes)), minutes
    assert await kept.find(used, begun + timedelta(minutes=600))
    assert await kept.find(used, begun + timedelta(minutes=601)) is None


async def test_a_form_is_taken_from_our_own_pages_and_this_session_alone(service: PagesService) -> None:
    async with Visitor(service) as somebody, Visitor(service) as another:
        await somebody.signs_in()
        page = await somebody.get(f"/pages/cases/{FAMILY}")
        await another.signs_in("x.other")
        other = await another.get(f"/pages/cases/{FAMILY}")
        claim = f"{AT}/claim"
        for origin in ("https://elsewhere.example", "null", ""):
            assert (await somebody.sends(page, claim, Origin=origin)).status_code == 403
        assert (await somebody.sends(page, claim, {"csrf": ""})).status_code == 403
        assert (await somebody.sends(other, claim)).status_code == 403
        text = await somebody.sends(page, claim, **{"content-type": "text/plain"})
        assert text.status_code == 403
        assert await service.pool.fetchval("SELECT count(*) FROM assignment") == 0
        assert (await somebody.sends(page, claim)).status_code == 303
        assert await service.pool.fetchval("SELECT count(*) FROM assignment WHERE until IS NULL") == 1


@pytest.mark.parametrize("role", ["analyst", "provider-worker", "practitioner", "trainer", "operator"])
async def test_another_role_sees_no_case_and_reads_why(service: PagesService, role: str) -> None:
    async with Visitor(service) as somebody:
        page = await somebody.signs_in("somebody", roles=[role], agency="hants-schools", provider="north")
        assert page.status_code == 403
        case = await somebody.get(f"/pages/cases/{FAMILY}")
        assert case.status_code == 403
        assert "F1" not in page.text + case.text
        start = await somebody.follow(f"{service.origin}/")
        assert "/pages/worklist" not in start.text
        # Whoever has pages of their own finds the way to them, of whichever service they are.
        places = [place["text"] for place in navigation() if role in place["roles"]]
        assert all(place in start.text for place in places)
        assert ("There are no pages for" in start.text) is (not places)


async def test_a_case_of_another_area_is_not_there(service: PagesService) -> None:
    async with Visitor(service) as somebody:
        worklist = await somebody.signs_in("w.davies", "W06000015")
        assert "Nothing waits" in worklist.text
        there, not_there = [await somebody.get(f"/pages/cases/{each}") for each in (FAMILY, CASE)]
        assert there.status_code == not_there.status_code == 404
        assert "F1" not in there.text


async def test_nobody_hammers_the_sign_in(service: PagesService) -> None:
    async with Visitor(service) as somebody:
        assert [(await somebody.get("/sign-in")).status_code for _ in range(30)] == [303] * 30
        # One more is let in every two seconds: a machine that is slow may see a few of these.
        assert 429 in [(await somebody.get("/sign-in")).status_code for _ in range(100)]


async def test_a_fault_shows_nothing_of_the_inside(service: PagesService, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the inside of F1")

    monkeypatch.setattr("services.referral.web.pages.case.case_of", fails)
    async with Visitor(service) as somebody:
        await somebody.signs_in()
        page = await somebody.get(f"/pages/cases/{FAMILY}")
    assert page.status_code == 500
    assert "RuntimeError" not in page.text
    assert "inside" not in page.text
    assert "Sorry, there is a problem" in page.text
