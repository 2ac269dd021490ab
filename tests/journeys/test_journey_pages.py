"""Every page that each role can come to, on the whole system: whom it shows what, and whether everybody can use it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.directory.people import People
from shared.access.accounts import Person
from shared.access.roles import Role
from tests.journeys.marked import Marks, comes_into_mid_course
from tests.journeys.steps import Case
from tests.journeys.world import World
from tests.pages.conftest import CHROMIUM, FLAGS, SIZES
from tests.support.crawling import Walk, walk
from tests.support.staff_at_keycloak import PASSWORD

AREA = ("E10000014",)
PEOPLE: Mapping[Role, Mapping[str, Any]] = {
    Role.PRACTITIONER: {"areas": AREA, "agency": "hants-schools"},
    Role.TEAM_MANAGER: {"areas": AREA, "agency": "hants-schools"},
    Role.COORDINATOR: {"areas": AREA},
    Role.PANEL_MEMBER: {"areas": AREA},
    Role.PROVIDER_WORKER: {"provider": "mediation-now"},
    Role.PROVIDER_MANAGER: {"provider": "mediation-now"},
    Role.ANALYST: {"areas": AREA},
    Role.TRAINER: {"areas": AREA},
    Role.AREA_ADMINISTRATOR: {"areas": AREA},
    Role.OPERATOR: {},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


def signed_in(browser: Browser, world: World, role: Role) -> Page:
    """A browser in which somebody of this role has signed in at Keycloak, with a name and a password."""
    name = f"page.{role}"
    with People(world.stack) as people:
        if all(each.name != name for each in people.all()):
            people.add(Person(name, (role,), **PEOPLE[role]), password=PASSWORD)
    context = browser.new_context(viewport=SIZES["desktop"], ignore_https_errors=True, locale="en-GB")  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(world.stack.entrance_url)
    page.get_by_role("button", name="Sign in").click()
    page.locator("#username").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#kc-login").click()
    expect(page).to_have_url(f"{world.stack.entrance_url}/")
    return page


@pytest.fixture(scope="module")
def lived(world: World) -> tuple[Marks, Case]:
    marks = Marks()
    return marks, comes_into_mid_course(world, marks)


@pytest.fixture(scope="module")
def walks(world: World, lived: tuple[Marks, Case], browser: Browser) -> dict[Role, Walk]:
    _, case = lived
    found = {}
    for role in PEOPLE:
        page = signed_in(browser, world, role)
        begin = [f"{world.stack.entrance_url}/"]
        found[role] = walk(page, world.stack.entrance_url, begin, about=(case.id, case.family.ref))
        page.context.close()
    return found


def test_look(walks, lived):
    marks, case = lived
    for role, w in walks.items():
        print("=====", role, len(w.pages))
        for p in w.pages:
            f = sorted({m for m in marks.made if m.lower() in p.source.lower()})
            print("  ", p.kind, p.address[-60:], f)
        print("BROKEN", *w.broken, sep="\n   ")
        print("BARRIERS", *w.barriers, sep="\n   ")
    assert 0
