"""Every page that each role can come to, on the whole system: whom it shows what, and whether everybody can use it.

By a command of its own: `make walk`.
"""

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

FEWEST: Mapping[Role, int] = dict.fromkeys(PEOPLE, 3) | {Role.COORDINATOR: 15, Role.PROVIDER_WORKER: 8}
"""So many pages at least are found by each."""

ABOUT_THE_FAMILY = {Role.TEAM_MANAGER, Role.COORDINATOR, Role.PROVIDER_WORKER, Role.PROVIDER_MANAGER}
"""Who comes to a page of this family's."""

WORKERS = {f"MarkWorker{number}name" for number in range(3)}
MAY_SEE: Mapping[Role, set[str]] = {
    # Who referred the family and how they are reached, who holds a parent in mind, and what colleagues wrote.
    Role.COORDINATOR: {"MarkNote", "MarkStaff", "MarkWorker0email", *WORKERS},
    # Who may sign in, by name.
    Role.AREA_ADMINISTRATOR: {"MarkStaff"},
}
SEES: Mapping[Role, set[str]] = {Role.COORDINATOR: {"MarkNote"}}


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


def test_every_link_leads_to_a_page(walks: dict[Role, Walk]) -> None:
    assert [each for found in walks.values() for each in found.broken] == []
    # Who walks into nothing would find nothing wrong with it.
    assert {role: len(found.pages) for role, found in walks.items() if len(found.pages) < FEWEST[role]} == {}


def test_everybody_can_use_every_page(walks: dict[Role, Walk]) -> None:
    assert [each for found in walks.values() for each in found.barriers] == []


@pytest.mark.parametrize("role", PEOPLE)
def test_nobody_comes_to_a_page_with_what_is_not_theirs(
    walks: dict[Role, Walk], lived: tuple[Marks, Case], role: Role
) -> None:
    marks, case = lived
    shown = {
        (mark.removesuffix(marks.own), page.kind)
        for page in walks[role].pages
        for mark in marks.made
        if mark.lower() in page.source.lower()
    }
    assert {what for what, _ in shown} - MAY_SEE.get(role, set()) == set(), sorted(shown)
    # The search sees what is there to be seen.
    assert {what for what, _ in shown} >= SEES.get(role, set())
    if role in ABOUT_THE_FAMILY:
        # A provider has neither the case's id nor the front door's reference: its referral has an id of its own.
        assert any(
            case.id in page.address or case.family.ref in page.source or page.kind == "/referral/pages/referrals/id"
            for page in walks[role].pages
        )
