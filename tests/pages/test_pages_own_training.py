"""A practitioner's own training in pages: a place, their answers, and a certificate that anybody may check."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.pages_service import coordinator, serving_pages
from tests.support.screens import follow, looked_at
from tests.support.workforce_service import AREA, agency, area

_OF_AREA: dict[str, Any] = {"areas": [AREA]}
TRAINER = {"roles": ["trainer"], **_OF_AREA}
PRACTITIONER = {"roles": ["practitioner"], "agency": "schools", **_OF_AREA}
HOME = "/pages/my-training"


async def _as_trainer(service: Any, path: str, **sent: Any) -> Any:
    token = service.provider.access_token(coordinator("t.rainer", **TRAINER))
    answer = await service.http.post(path, headers={"authorization": f"Bearer {token}"}, **sent)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _session(service: Any, day: date, places: int = 1) -> str:
    modules = ["engaging-parents", "childrens-experiences"]
    more = {"delivery": "in-person", "delivered_by": "amity", "places": places, "areas": [AREA]}
    return (await _as_trainer(service, "/sessions", json={"modules": modules, "days": [str(day)], **more}))[
        "session_id"
    ]


async def _came(service: Any, session: str, who: str, attended: str = "yes") -> Any:
    text = f"agency,practitioner,attended\nschools,{who},{attended}\n"
    return await _as_trainer(service, f"/sessions/{session}/attendance", content=text.encode())


async def _moved_to(service: Any, day: date) -> None:
    service.clock.move_to(datetime.combine(day, time(9), UTC))
    await service.timers.fire()


async def _booked(page: Page) -> None:
    await page.get_by_label("Your profession").select_option("teacher")
    await page.get_by_role("group", name="Engaging with parents").get_by_label("2, less than confident").check()
    await follow(page.get_by_role("main").get_by_role("button"))


@pytest.mark.parametrize(("size", "scripts"), [("desktop", True), ("phone", False)])
async def test_from_a_place_of_one_s_own_to_what_became_of_it(
    databases: Any, visit: Callable[..., Any], size: str, scripts: bool
) -> None:
    found: list[str] = []

    async def look(page: Page, name: str) -> None:
        if scripts:
            found.extend(await looked_at(page, name, size))

    asking = area(since="2026-01-01", grace_days=90)
    async with serving_pages(databases, "workforce", asking, agency()) as service:
        day = service.clock.now().date() + timedelta(days=7)
        session = await _session(service, day)
        await _as_trainer(service, "/champions", json={"agency": "schools", "practitioner": "k.im", "name": "Kim Hall"})

        def as_practitioner(username: str, /, **more: Any) -> Any:
            return visit(service, username, size, scripts=scripts, to=HOME, **PRACTITIONER, **more)

        async with as_practitioner("a.okoye", name="Amara Okoye") as amara, as_practitioner("b.hart") as ben:
            await expect(amara.get_by_role("main")).to_contain_text("You still need: Children's experiences")
            await expect(amara.get_by_role("main")).to_contain_text("Kim Hall")
            await amara.get_by_role("link", name="Book").click()
            await amara.get_by_role("button", name="Book the place").click()
            await expect(amara.get_by_role("alert")).to_contain_text("Select your profession")
            await look(amara, "own-training-book")
            await _booked(amara)
            await expect(amara.get_by_text("You have a place.")).to_be_visible()
            await look(amara, "own-training")
            # The last place is gone.
            await ben.reload()
            await expect(ben.get_by_role("main")).to_contain_text("Full: waiting list")
            await ben.get_by_role("link", name="Join the waiting list").click()
            await _booked(ben)
            await expect(ben.get_by_role("main")).to_contain_text("You are number 1 on the waiting list")
            await amara.get_by_role("link", name="Give it up").click()
            await amara.get_by_role("button", name="Give up the place").click()
            await expect(amara.get_by_role("alert")).to_contain_text("Select why")
            await amara.get_by_label("I am not free on that day").check()
            await look(amara, "own-training-give-up")
            await amara.get_by_role("button", name="Give up the place").click()
            await expect(amara.get_by_role("main")).to_contain_text("You have no place in a session")
            await ben.goto(f"{service.url}{HOME}")
            await expect(ben.get_by_text("You have a place", exact=True)).to_be_visible()
            await _moved_to(service, day)
            await ben.reload()
            await ben.get_by_role("link", name="How sure you feel after the training").click()
            await ben.get_by_role("button", name="Save your answer").click()
            await expect(ben.get_by_role("alert")).to_contain_text("Select how sure you feel")
            await ben.get_by_role("group", name="Engaging with parents").get_by_label("4, quite confident").check()
            await look(ben, "own-training-confidence")
            await ben.get_by_role("button", name="Save your answer").click()
            await expect(ben.get_by_text("Your answer is saved")).to_be_visible()
            await _came(service, session, "b.hart")
            await ben.goto(f"{service.url}{HOME}")
            await expect(ben.get_by_role("main")).to_contain_text("You have every module")
            link = await ben.get_by_role("link", name="Engaging with parents").get_attribute("href")
            # No name was ever given: none is made up.
            assert (await ben.request.get(f"{service.origin}{link}")).status == 404
            await _moved_to(service, day + timedelta(days=200))
            await ben.reload()
            await ben.get_by_role("link", name="What you made of the training").click()
            await ben.get_by_label("About every month").check()
            await ben.get_by_label("With about how many families").fill("0")
            await ben.get_by_role("button", name="Save your answer").click()
            await expect(ben.get_by_role("alert")).to_contain_text("with how many families")
            await ben.get_by_label("With about how many families").fill("5")
            await ben.get_by_label("I had no time").check()
            await look(ben, "own-training-follow-up")
            await ben.get_by_role("button", name="Save your answer").click()
            await expect(ben.get_by_text("Your answer is saved")).to_be_visible()
        row = await service.pool.fetchrow("SELECT used, how_often, families, obstacles FROM follow_up")
        assert dict(row) == {"used": True, "how_often": "monthly", "families": 5, "obstacles": ["no-time"]}

        async with visit(service, "t.rainer", size, scripts=scripts, to="/pages/training", **TRAINER) as page:
            await page.goto(f"{service.url}/pages/training?when=past")
            await page.get_by_role("main").get_by_role("link", name=f"{day.day} {day:%B %Y}").click()
            await expect(page.get_by_role("main")).to_contain_text("I am not free on that day")
            await page.get_by_role("link", name="What participants answered").click()
            await look(page, "training-session-answers")
            await expect(page.get_by_role("row", name="Engaging with parents")).to_contain_text("2")
            for name, text in (
                ("training-answers", "with 5 families. In the way: I had no time"),
                ("training-figures", "A figure of fewer than 10 people is held back"),
                ("untrained", "Of 0 who have screened since, 0 lack something"),
            ):
                await page.goto(f"{service.url}/pages/{name}")
                await expect(page.get_by_role("main")).to_contain_text(text)
                await look(page, name)
        assert found == []


async def test_a_certificate_is_a_tagged_file_that_anybody_may_check_and_ends_with_a_correction(
    databases: Any, visit: Callable[..., Any]
) -> None:
    async with serving_pages(databases, "workforce", area(), agency()) as service:
        today = service.clock.now().date()
        session = await _session(service, today)
        async with visit(service, "a.okoye", to=HOME, **PRACTITIONER, name="Amara Okoye") as page:
            await page.get_by_role("link", name="Book").click()
            await _booked(page)
            (number,) = (await _came(service, session, "a.okoye"))["certificates"]
            await page.goto(f"{service.url}{HOME}")
            for link in ("Download the certificate", "Engaging with parents"):
                href = await page.get_by_role("link", name=link).get_attribute("href")
                answer = await page.request.get(f"{service.origin}{href}")
                assert answer.headers["content-type"] == "application/pdf"
                content = await answer.body()
                assert content.startswith(b"%PDF")
                assert b"/StructTreeRoot" in content
                assert b"pdfuaid" in content
            answer = await page.request.get(f"{service.url}{HOME}/course-certificate")
            assert answer.status == 404
        check = f"{service.url}/pages/certificates/verify"
        async with visit(service, None) as nobody:
            await nobody.goto(check)
            await nobody.get_by_label("Number on the certificate").fill("none")
            await nobody.get_by_role("button", name="Check").click()
            await expect(nobody.get_by_role("alert")).to_contain_text("such as 2026-000123")
            await nobody.get_by_label("Number on the certificate").fill(f"{number}, 1999-000001")
            await nobody.get_by_role("button", name="Check").click()
            await expect(nobody.get_by_text("Valid", exact=True)).to_be_visible()
            await expect(nobody.get_by_role("main")).to_contain_text("There is no certificate with this number")
            await expect(nobody.get_by_role("main")).not_to_contain_text("Okoye")
            assert await looked_at(nobody, "certificate-check", "desktop") == []
        async with visit(service, "t.rainer", to="/pages/training", **TRAINER) as trainer:
            await trainer.goto(f"{service.url}/pages/certificates/{number}")
            await expect(trainer.get_by_role("main")).to_contain_text("Amara Okoye")
            assert await looked_at(trainer, "certificate", "desktop") == []
            answer = await trainer.request.get(f"{service.url}/pages/certificates/{number}/pdf")
            assert (await answer.body()).startswith(b"%PDF")
            await _came(service, session, "a.okoye", "no")
            await trainer.reload()
            await expect(trainer.get_by_role("main")).to_contain_text("Not valid: the attendance was corrected")
            assert (await trainer.request.get(f"{service.url}/pages/certificates/{number}/pdf")).status == 404
        async with visit(service, None) as nobody:
            await nobody.goto(f"{check}?number={number}")
            await expect(nobody.get_by_text("Not valid", exact=True)).to_be_visible()
        # What one participant answered is for trainers; another's page is for nobody.
        for more, others in (({"roles": ["area-administrator"], **_OF_AREA}, 403), (PRACTITIONER, 404)):
            async with visit(service, "e.lse", scripts=False, to=HOME, **more) as page:
                for path in (f"/pages/training/{session}/answers", "/pages/training-answers"):
                    assert (await page.goto(f"{service.url}{path}")).status == 403
                training = await service.pool.fetchval("SELECT training_id FROM place")
                assert (await page.goto(f"{service.url}{HOME}/{training}/confidence/after")).status == others


async def test_champions_are_named_and_removed_and_an_ended_session_gives_back_what_was_typed(
    databases: Any, visit: Callable[..., Any]
) -> None:
    async with serving_pages(databases, "workforce", area(), agency()) as service:
        async with visit(service, "t.rainer", "phone", scripts=True, to="/pages/champions", **TRAINER) as page:
            await page.get_by_label("Agency", exact=True).fill("elsewhere")
            await page.get_by_label("What the agency knows").fill("k.im")
            await page.get_by_label("Name (optional)").fill("Kim Hall")
            await page.get_by_role("button", name="Name the champion").click()
            await expect(page.get_by_role("alert")).to_contain_text("code of an agency of your areas")
            await page.get_by_label("Agency", exact=True).fill("schools")
            await page.get_by_role("button", name="Name the champion").click()
            await expect(page.get_by_role("heading", name="Kim Hall")).to_be_visible()
            assert await looked_at(page, "champions", "phone") == []
            await page.get_by_role("button", name="Remove Kim Hall").click()
            await expect(page.get_by_text("No agency of your areas has a champion")).to_be_visible()
            await page.get_by_label("Agency", exact=True).fill("schools")
            await page.get_by_label("Name (optional)").fill("Sam Field")
            await page.context.clear_cookies()
            await page.get_by_role("button", name="Name the champion").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("You have been signed out")
            await expect(page.get_by_text("Sam Field")).to_be_visible()
        assert await service.pool.fetchval("SELECT count(*) FROM champion") == 1
