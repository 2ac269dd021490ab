"""What axe-core finds on a page. It goes in by `evaluate`: the page's policy takes no script from elsewhere."""

import asyncio
from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_SECONDS = 60
AT_400_PERCENT = {"width": 320, "height": 256}
"""What 400 % leaves of 1280 by 1024 CSS pixels (WCAG 2.2, 1.4.10 Reflow)."""
WIDTHS = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
"""How wide the page is, and the screen."""
RUN_AXE = """
async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
  const found = await axe.run(document, {runOnly: rules})
  return found.violations.map(each => each.id + ": " + each.nodes.map(node => node.html).join(" | "))
}
"""


async def barriers(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA on the page as it is now, and whether it is wider than the screen."""
    # Where scripts are off it would never end.
    async with asyncio.timeout(_SECONDS):
        await page.evaluate(AXE)
        found = [f"{page.url}: {each}" for each in await page.evaluate(RUN_AXE)]
    wide, screen = await page.evaluate(WIDTHS)
    return [*found, f"{page.url} is {wide} wide on a screen of {screen}"] if wide > screen else found


async def check_accessible(page: Page) -> None:
    """Fails with what keeps somebody from using the page."""
    assert await barriers(page) == []
