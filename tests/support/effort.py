"""How long a form takes by the keystroke-level model: what a hand does and what an eye reads, counted on the pages.

Operators and their times are those of Card, Moran and Newell, "The Keystroke-Level Model for User Performance Time
with Interactive Systems", Communications of the ACM 23 (7), 1980: a key of an average typist 0.28 s (K), pointing
with a mouse 1.1 s (P), moving a hand between mouse and keys 0.4 s (H), getting ready in the mind 1.35 s (M). Silent
reading of English prose is 238 words a minute: Brysbaert, "How many words do we read per minute?", Journal of Memory
and Language 109, 2019. The words of every page are counted, also of those that somebody knows already. Talking with a
parent is no part of it.
"""

from collections import Counter
from dataclasses import dataclass, field

from playwright.async_api import Page

from tests.support.front_door_form import Answers, Hand, fields_of

SECONDS = {"K": 0.28, "P": 1.1, "H": 0.4, "M": 1.35}
WORDS_PER_MINUTE = 238
# What is in a closed list, or for screen readers alone, is not before anybody's eyes.
_WORDS = """
() => {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT)
  let words = 0
  while (texts.nextNode()) {
    const within = texts.currentNode.parentElement
    if (!within.closest("select, script, .govuk-visually-hidden"))
      words += texts.currentNode.textContent.split(/\\s+/).filter(Boolean).length
  }
  return words
}
"""
_KINDS = (
    "names => names.map(name => { const e = document.querySelector(`[name='${name}']`); return e.type || e.tagName })"
)


@dataclass
class Effort:
    """What was counted."""

    operators: Counter[str] = field(default_factory=Counter)
    words: int = 0
    pages: int = 0

    @property
    def minutes(self) -> float:
        """The time of all of it, reading included."""
        return self.minutes_of_hands + self.words / WORDS_PER_MINUTE

    @property
    def minutes_of_hands(self) -> float:
        """The time of the operators alone."""
        return sum(SECONDS[each] * n for each, n in self.operators.items()) / 60

    def __str__(self) -> str:
        counted = ", ".join(f"{name} {self.operators[name]}" for name in SECONDS)
        return f"{self.pages} pages, {self.words} words to read, {counted}: {self.minutes:.1f} minutes"


class CountingHand(Hand):
    """A hand whose every move counts. It rests on the mouse at first."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.effort = Effort()
        self._on_keys = False

    async def reads(self) -> None:
        """All words of the page that are not of the form's frame."""
        self.effort.words += await self.page.evaluate(_WORDS)
        self.effort.pages += 1

    async def presses(self, name: str) -> None:
        """A decision, and a click."""
        self._click(decides=True)
        await super().presses(name)

    async def answers(self, answers: Answers) -> None:
        """Each answer by what its field asks of a hand: a click, a choice of a list, or keys."""
        fields = fields_of(answers)
        kinds = await self.page.evaluate(_KINDS, list(fields))
        for (name, value), kind in zip(fields.items(), kinds, strict=True):
            if kind in ("radio", "checkbox"):
                for number, _ in enumerate(value if isinstance(value, list) else [value]):
                    self._click(decides=number == 0)
            elif kind == "select-one":
                self._click(decides=True)
                self._click()
            else:
                # A day is one thought: from its second part on the tabulator leads, and nothing is decided.
                self._types(str(value), decides=not name.endswith(("-month", "-year")))
        await super().answers(answers)

    def _click(self, *, decides: bool = False) -> None:
        self.effort.operators += Counter({"H": int(self._on_keys), "M": int(decides), "P": 1, "K": 1})
        self._on_keys = False

    def _types(self, text: str, *, decides: bool) -> None:
        # The field is reached by the mouse where the hand is there, else by the tabulator.
        reach = {"K": 1} if self._on_keys else {"P": 1, "K": 1, "H": 1}
        self.effort.operators += Counter(reach) + Counter({"M": int(decides), "K": len(text)})
        self._on_keys = True
