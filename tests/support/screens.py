"""A page as somebody sees it: accessible, no wider than the screen at 400 % zoom, and as a picture where one is wanted.

`make screenshots` writes the pictures that the documents show (PARLEY_SCREENSHOTS names the folder).
"""

import os
import re
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page

from tests.support.accessible import AT_400_PERCENT, WIDTHS, barriers

_LARGEST_BYTES = 250_000
_COLOURS = 48
_CODE = re.compile(r"\bE\d{8}\b")
# Whoever registers entries sees what they are registered under.
_REGISTERING = tuple(f"/administration/pages/{each}" for each in ("directory", "registering", "import"))


async def looked_at(page: Page, name: str, size: str, *, tall: int | None = None) -> list[str]:
    """What keeps somebody from using the page as it is now; the picture `name-size.png` is made where one is asked for.

    `size` is the one that the page was opened with: `phone` or `desktop`. Of a long page the picture may end after so
    many pixels.
    """
    folder = os.environ.get("PARLEY_SCREENSHOTS")
    if folder:
        path = Path(folder) / f"{name}-{size}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.open(BytesIO(await page.screenshot(full_page=True)))
        picture = picture.crop((0, 0, picture.width, min(picture.height, tall or picture.height)))
        picture.convert("RGB").quantize(_COLOURS).save(path, optimize=True)
        assert path.stat().st_size < _LARGEST_BYTES, path
    return [
        *await barriers(page),
        *(await _zoomed(page) if size == "desktop" else ()),
        *await codes_of_areas(page),
    ]


async def codes_of_areas(page: Page) -> list[str]:
    """Where the page shows an area's code in place of its name."""
    if any(at in page.url for at in _REGISTERING):
        return []
    found = _CODE.findall(await page.locator("body").inner_text())
    return [f"{page.url} shows {code}, and not what the area is called" for code in sorted({*found})]


async def follow(link: Locator) -> None:
    """Clicks a link or a button, and waits until the page that it leads to is there.

    A click waits for no page: on a busy machine, what is read once right after it is of the page before.
    """
    page = link.page
    async with page.expect_navigation():
        await link.click()
    assert not await codes_of_areas(page)


async def _zoomed(page: Page) -> list[str]:
    before = page.viewport_size
    await page.set_viewport_size(AT_400_PERCENT)  # type: ignore[arg-type]
    wide, screen = await page.evaluate(WIDTHS)
    if before is not None:
        await page.set_viewport_size(before)
    return [f"{page.url} is {wide} wide at 400 %, on a screen of {screen}"] if wide > screen else []
