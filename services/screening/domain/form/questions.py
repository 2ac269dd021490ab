"""The pages and questions of the front door's form, from `pages.yaml`.

A page is named by its kind and whom it is about: `family`, `parent-1`, `parent-1-talk`, `child-2`. Each is saved by
itself, so that a page of one parent is made of nothing that another said. Pages about the same person are asked on one
screen; a conversation is always on a screen of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Values = Mapping[str, Sequence[str]]
"""What was typed on a page, by the names of its fields. A day has three: `born-day`, `born-month`, `born-year`."""

PARTS_OF_A_PARENT = ("", "-contact", "-talk", "-ready")
MOST_PARENTS, MOST_CHILDREN = 4, 20
DATE_PARTS = ("day", "month", "year")
# Nothing of a conversation is asked that was not held.
_NEEDS = {"answer": {"held": "yes"}}
_FIRST = ("family", "people", "you", "referral")
SCREENS: Mapping[str, tuple[str, ...]] = {"family": _FIRST, "parent": ("parent", "parent-contact")}
"""By its first kind of page, the kinds that one screen asks for. All others are a screen by themselves."""


@dataclass(frozen=True)
class Question:
    """One question. `needs`: the answer to another question of the page without which it is not asked.

    `pages.yaml` says what the others are for.
    """

    name: str
    kind: str
    label: str
    hint: str = ""
    missing: str = ""
    optional: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    sign: bool = False
    inline: bool = False
    recent: bool = False
    folds: bool = False
    rare: str = ""
    help: str = ""
    short: str = ""
    decides: str = ""
    none: str = ""
    width: int | None = None
    rows: int = 3
    autocomplete: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its fields in the form."""
        return tuple(f"{self.name}-{part}" for part in DATE_PARTS) if self.kind == "date" else (self.name,)

    def is_asked(self, values: Values) -> bool:
        """Whether what else was answered asks for it."""
        return all(list(values.get(name, ())) == [wanted] for name, wanted in self.needs.items())


@dataclass(frozen=True)
class PageKind:
    """A page of the form, for each person where it is `of` one."""

    name: str
    title: str
    questions: tuple[Question, ...]
    lead: str = ""
    of: str = "family"
    heading: str = ""
    guide: str = ""

    def question(self, name: str) -> Question:
        """The question of this name. Raises KeyError."""
        return next((each for each in self.questions if each.name == name), None) or _missing(name)


@dataclass(frozen=True)
class Page:
    """One page of one form. `number`: which parent or child it is about, from 1."""

    name: str
    kind: PageKind
    number: int = 0

    @property
    def section(self) -> str:
        """What is looked at together before it is sent: the family, one parent, or one child."""
        return f"{self.kind.of}-{self.number}" if self.number else "family"


@dataclass(frozen=True)
class Screen:
    """What is asked together: pages of the family, of one parent or of one child. It is named as its first page is."""

    pages: tuple[Page, ...]

    @property
    def first(self) -> Page:
        """The page that gives it its name and title."""
        return self.pages[0]

    @property
    def name(self) -> str:
        """Its name in addresses."""
        return self.first.name

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of all its pages. No two of them have one name."""
        return tuple(question for page in self.pages for question in page.kind.questions)


def screen_of(page: Page) -> Screen:
    """The screen that asks for a page."""
    for first, others in SCREENS.items():
        if page.kind.name in others:
            number = f"{first}-{page.number}" if page.number else first
            return Screen(tuple(page_of(number + each.removeprefix(first) if page.number else each) for each in others))
    return Screen((page,))


def screens_of(parents: int, children: int) -> list[Screen]:
    """The screens of a form of so many people, in order."""
    return list({screen.name: screen for screen in map(screen_of, pages_of(parents, children))}.values())


def page_of(name: str) -> Page:
    """The page of this name. Raises KeyError where there is none."""
    if name in _FIRST:
        return Page(name, kinds()[name])
    of, _, rest = name.partition("-")
    number, dash, part = rest.partition("-")
    most = {"parent": MOST_PARENTS, "child": MOST_CHILDREN}[of]
    if number not in map(str, range(1, most + 1)):
        raise KeyError(name)
    return Page(name, kinds()[f"{of}{dash}{part}"], int(number))


def pages_of(parents: int, children: int) -> list[Page]:
    """The pages of a form of so many people, in order."""
    names = [
        *_FIRST,
        *(f"parent-{number}{part}" for number in range(1, parents + 1) for part in PARTS_OF_A_PARENT),
        *(f"child-{number}" for number in range(1, children + 1)),
    ]
    return [page_of(name) for name in names]


def people_of(values: Values) -> tuple[int, int]:
    """How many parents and children the page `people` says: two and none where it says nothing that makes sense."""
    parents, children = one(values, "parents"), one(values, "children")
    return (
        int(parents) if parents in map(str, range(1, MOST_PARENTS + 1)) else 2,
        int(children) if children in map(str, range(MOST_CHILDREN + 1)) else 0,
    )


def one(values: Values, name: str) -> str:
    """The one value of a field; empty where there is none."""
    return next(iter(values.get(name, ())), "")


@cache
def kinds() -> Mapping[str, PageKind]:
    """Every kind of page by its name."""
    read: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("pages.yaml").read_text(encoding="utf-8"))
    lists = {"yes-no": read["lists"]["yes-no"], "answer": read["lists"]["answers"]}
    return {name: _kind(name, entry, lists) for name, entry in read["pages"].items()}


def _kind(name: str, entry: Mapping[str, Any], lists: Mapping[str, Mapping[str, str]]) -> PageKind:
    questions = tuple(
        Question(
            **{"name": each, "options": lists.get(given["kind"], {}), "needs": _NEEDS.get(given["kind"], {}), **given}
        )
        for each, given in entry["questions"].items()
    )
    more = {each: entry[each] for each in ("lead", "of", "heading", "guide") if each in entry}
    return PageKind(name, entry["title"], questions, **more)


def _missing(name: str) -> Question:
    raise KeyError(name)
