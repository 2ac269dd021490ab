"""What axe-core finds on a page. It goes in by `evaluate`: the page's policy takes no script from elsewhere."""

from pathlib import Path

import axe_playwright_python
from playwright.async_api import Page

_AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
_RUN = """
async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
  const found = await axe.run(document, {runOnly: rules})
  return found.violations.map(each => each.id + ": " + each.nodes.map(node => node.html).join(" | "))
}
"""


async def check_accessible(page: Page) -> None:
    """Fails with what breaks WCAG 2.2 AA on the page as it is now, or where it is wider than the screen."""
    await page.evaluate(_AXE)
    found = await page.evaluate(_RUN)
    assert found == [], f"{page.url}: {found}"
    wide, screen = await page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= screen, f"{page.url} is {wide} wide on a screen of {screen}"
