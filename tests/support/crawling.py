"""Whoever is signed in follows every link there is: what each page shows, and whether everybody can use it.

A page is looked at once for each kind of address (ids and numbers aside), a page about `about` every time.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urldefrag, urlsplit

from playwright.sync_api import Error, Page

from tests.support.accessible import AT_400_PERCENT, AXE, RUN_AXE, WIDTHS

_LINKS = "all => all.map(each => each.href)"

# Everything that a keyboard has to reach: of radio buttons of one name one alone takes the focus.
_NUMBER_WHAT_TAKES_FOCUS = """
() => {
  const groups = new Set()
  let count = 0
  for (const each of document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")) {
    if (each.disabled || each.type === "hidden" || each.tabIndex < 0) continue
    if (!each.checkVisibility({visibilityProperty: true})) continue
    if (each.type === "radio") {
      if (groups.has(each.name)) continue
      groups.add(each.name)
      each.dataset.keyboard = "radio " + each.name
    } else each.dataset.keyboard = String(count)
    count += 1
  }
  return count
}
"""
_FOCUSED = """
() => {
  const each = document.activeElement
  if (!each || each === document.body) return ["", true]
  const name = each.type === "radio" ? "radio " + each.name : each.dataset.keyboard || ""
  const style = getComputedStyle(each), near = getComputedStyle(each.nextElementSibling || each, "::before")
  const seen = style.outlineStyle !== "none" || style.boxShadow !== "none" || near.boxShadow !== "none"
  return [name, seen, each.outerHTML.slice(0, 120)]
}
"""
_NOT_REACHED = """
reached => [...document.querySelectorAll("[data-keyboard]")]
  .filter(each => !reached.includes(each.dataset.keyboard)).map(each => each.outerHTML.slice(0, 120))
"""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\d+")
_EACH_KIND = 2


@dataclass(frozen=True)
class Seen:
    """A page: its address, its kind (the address without what differs from family to family), and all of its source."""

    address: str
    kind: str
    source: str


@dataclass
class Walk:
    """What somebody found on their way."""

    pages: list[Seen]
    broken: list[str]
    """Links that lead to an error."""
    barriers: list[str]
    """What keeps somebody from using a page: by axe-core, at 400 % zoom, and by keyboard alone."""


def walk(page: Page, origin: str, begin: Sequence[str], about: Sequence[str], most: int = 150) -> Walk:
    """Follows every link from `begin` on within the origin, those that hold one of `about` first."""
    waiting, known, kinds, found = list(begin), set(begin), Counter[str](), Walk([], [], [])
    while waiting and len(found.pages) < most:
        address = waiting.pop(0)
        kind, wanted = kind_of(address), any(each in address for each in about)
        if kinds[kind] >= _EACH_KIND and not wanted:
            continue
        source = _opened(page, address, found)
        if source is None:
            continue
        found.pages.append(Seen(address, kind, source))
        kinds[kind] += 1
        if page.url == address and not kinds[kind] > 1:
            found.barriers += barriers(page)
        for link in _links(page, origin):
            if link not in known:
                known.add(link)
                first = any(each in link for each in about)
                waiting.insert(0, link) if first else waiting.append(link)
    assert not waiting or len(found.pages) < most, f"there are more than {most} pages"
    return found


def kind_of(address: str) -> str:
    """The path without ids and numbers, and the names of what is asked."""
    parts = urlsplit(address)
    asked = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return "?".join([_NUMBER.sub("1", _ID.sub("id", parts.path)), *(["&".join(asked)] if asked else [])])


def barriers(page: Page) -> list[str]:
    """What keeps somebody from using the page as it is now."""
    page.evaluate(AXE)
    found = [f"{page.url}: {each}" for each in page.evaluate(RUN_AXE)]
    # By keyboard first: the menu changes with the width, and is back in its form only a little after the width is.
    return [*found, *_by_keyboard(page), *_too_wide(page)]


def _too_wide(page: Page) -> Iterator[str]:
    before = page.viewport_size
    page.set_viewport_size(AT_400_PERCENT)  # type: ignore[arg-type]
    wide, screen = page.evaluate(WIDTHS)
    if before is not None:
        page.set_viewport_size(before)
    if wide > screen:
        yield f"{page.url} is {wide} wide at 400 %, on a screen of {screen}"


def _by_keyboard(page: Page) -> Iterator[str]:
    """Whatever takes the focus is reached by the tabulator, is seen to have it, and lets it go again."""
    number, reached = page.evaluate(_NUMBER_WHAT_TAKES_FOCUS), set[str]()
    page.evaluate("document.activeElement?.blur(); window.getSelection().removeAllRanges()")
    for _ in range(number + 1):
        page.keyboard.press("Tab")
        name, seen, *what = page.evaluate(_FOCUSED)
        if name and not seen:
            yield f"{page.url}: nothing shows that this has the focus: {what[0]}"
        reached.add(name)
    for each in page.evaluate(_NOT_REACHED, sorted(reached)):
        yield f"{page.url}: no key reaches {each}"


def _opened(page: Page, address: str, found: Walk) -> str | None:
    try:
        answer = page.goto(address)
    except Error as error:
        if "Download is starting" not in str(error):
            raise
        return page.request.get(address).text()
    if answer is None or answer.status != 200:
        found.broken.append(f"{address}: {answer.status if answer else 'nothing'}")
        return None
    return page.content()


def _links(page: Page, origin: str) -> Iterator[str]:
    for link in page.eval_on_selector_all("a[href]", _LINKS):
        address, _ = urldefrag(link)
        if address.startswith(f"{origin}/") and "/identity/" not in address and "/sign-" not in address:
            yield address
