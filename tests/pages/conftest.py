"""Debian's Chromium, driven by Playwright: one browser for all of the pages' tests, a fresh profile for each."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.support.administered import entries
from tests.support.pages_service import AnyPagesService, Paged, coordinator, serving_pages

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
# A machine on which everything is tested at once may take many seconds for the first page of a browser.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
SIZES = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 900}}


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.fail(f"{CHROMIUM} is missing: `make setup` as root installs Debian's, or `apt-get install chromium`.")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        await started.close()


@asynccontextmanager
async def visitor(browser: Browser, size: str = "phone", *, scripts: bool = True) -> AsyncIterator[Page]:
    """A browser of its own, in which nobody is signed in."""
    context: BrowserContext = await browser.new_context(
        viewport=SIZES[size],  # type: ignore[arg-type]
        java_script_enabled=scripts,
        ignore_https_errors=True,
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield await context.new_page()
    finally:
        await context.close()


@pytest.fixture
def visit(browser: Browser) -> Callable[..., Any]:
    """`async with visit(service, "r.malik") as page` is a browser of its own in which this person is signed in.

    `to` is the page that they come to; `more` are further claims, `roles=["trainer"]`.
    """

    @asynccontextmanager
    async def visiting(
        service: Paged,
        name: str | None = "r.malik",
        /,
        size: str = "desktop",
        *,
        scripts: bool = True,
        to: str = "/pages/worklist",
        **more: Any,
    ) -> AsyncIterator[Page]:
        async with visitor(browser, size, scripts=scripts) as page:
            if name:
                service.provider.person = coordinator(name, **more)
                await page.goto(f"{service.url}/sign-in?to={urlsplit(service.url).path}{to}")
            yield page

    return visiting


@pytest_asyncio.fixture
async def administration(databases: Any) -> AsyncIterator[AnyPagesService]:
    """Administration's pages, with the example directory."""
    async with serving_pages(databases, "administration", *entries()) as service:
        yield service
