"""How long a form takes by the keystroke-level model: what a hand does and what an eye reads, counted on the pages.

Operators and their times are those of Card, Moran and Newell, "The Keystroke-Level Model for User Performance Time
with Interactive Systems", Communications of the ACM 23 (7), 1980: a key of an average typist 0.28 s (K), pointing
with a mouse 1.1 s (P), moving a hand between mouse and keys 0.4 s (H), getting ready in the mind 1.35 s (M). Silent
reading of English prose is 238 words a minute: Brysbaert, "How many words do we read per minute?", Journal of Memory
and Language 109, 2019. Talking with a parent is no part of it.

What is read:

- A text is read in full where it comes up first in this form. Where the same text stood on a page of it before ("Yes",
  the questions about the other parent), it is recognised and not read. To see which question it is and to choose is the
  M of its answer, counted at every answer: the model has no other operator for what goes on in the mind.
- A page that asks for nothing (the checks before it is sent, the decision) has no M by which an answer could be
  recognised: every answer that it shows back is read in full, each time, also the second "Working". Labels beside them
  that stood on a page before are recognised.
- What a field holds already is read like an answer that is shown back, if it is in view.
- What is in a closed part, a closed list, or for screen readers alone, is before nobody's eyes.

Two more numbers say how much of a change is of the form, and how much of the model (docs/decisions/0064): `in_view`,
the words of all pages that are in view, known or not; `on_pages`, those of closed parts too, as was counted first.
"""

from collections import Counter
from dataclasses import dataclass, field

from playwright.async_api import Page

from tests.support.front_door_form import Answers, Hand, fields_of

SECONDS = {"K": 0.28, "P": 1.1, "H": 0.4, "M": 1.35}
WORDS_PER_MINUTE = 238
# Each text with whether it is in view, and whether it is an answer that is shown back. A list that is closed shows one
# line, which is read as what its field holds.
_TEXTS = """
() => {
  const main = document.querySelector("main"), found = []
  const asks = main.querySelector("input:not([type=hidden]), select, textarea") !== null
  const texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const within = texts.currentNode.parentElement, text = texts.currentNode.textContent.trim()
    if (!text || within.closest("select, textarea, script, .govuk-visually-hidden")) continue
    const shown = within.checkVisibility({ visibilityProperty: true })
    found.push([text, shown, !asks && within.closest("dd") !== null && !within.closest("a")])
  }
  for (const each of main.querySelectorAll("input:not([type]), input[type=text], input[type=email], textarea"))
    if (each.value && each.checkVisibility()) found.push([each.value, true, true])
  return found
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
    """The words that are read."""
    in_view: int = 0
    """The words of all pages that are in view, known or not."""
    on_pages: int = 0
    """The words of all pages, also of their closed parts, as they were counted at first."""
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
        read = {"read": self.words, "in view": self.in_view, "on the pages": self.on_pages}
        minutes = ", ".join(
            f"{words} words {name}: {self.minutes_of_hands + words / WORDS_PER_MINUTE:.2f} minutes"
            for name, words in read.items()
        )
        return f"{self.pages} pages, {counted}: {self.minutes_of_hands:.2f} minutes of hands. With {minutes}."


class CountingHand(Hand):
    """A hand whose every move counts. It rests on the mouse at first."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.effort = Effort()
        self._on_keys = False
        self._known: set[str] = set()

    async def reads(self) -> None:
        """The words of a page that are not of the frame of all pages: those that are read, and all."""
        self.effort.pages += 1
        for text, shown, answer in await self.page.evaluate(_TEXTS):
            words = len(text.split())
            self.effort.on_pages += words
            self.effort.in_view += words if shown else 0
            if shown and (answer or text not in self._known):
                self.effort.words += words
                self._known.add(text)

    async def presses(self, name: str) -> None:
        """A decision, and a click."""
        self._click(decides=True)
        await super().presses(name)

    async def follows(self, name: str) -> None:
        """A decision, and a click."""
        self._click(decides=True)
        await super().follows(name)

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
