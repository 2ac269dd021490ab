"""When what was typed on a page says that somebody may be in danger now, and what a correction changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.screening.domain.form.questions import Page, Values, one, page_of, pages_of, people_of
from shared.contracts.vocabulary import UNSAFE_OTHER_PARENT


class Danger(StrEnum):
    """Why guidance is shown at once."""

    ABUSE = "abuse"
    CRISIS = "crisis"


def danger_of(page: Page, values: Values) -> Danger | None:
    """Why guidance is shown once this page is saved; None where nothing on it says danger.

    It is worked out from this one page: another parent's answers are not read for it.
    """
    if any(question.sign and one(values, question.name) == "yes" for question in page.kind.questions):
        return Danger.ABUSE
    if page.name == "people" and one(values, "other_parent") in set(map(str, UNSAFE_OTHER_PARENT)):
        return Danger.ABUSE
    if page.kind.name == "parent-ready" and one(values, "in_crisis") == "yes":
        return Danger.CRISIS
    return None


@dataclass(frozen=True)
class Change:
    """A question that was answered otherwise in a correction. Never how."""

    page: str
    question: str


def changes(before: Mapping[str, Values], after: Mapping[str, Values]) -> Iterator[Change]:
    """The questions of a corrected form that are answered otherwise than before, in the order of the form."""
    counts = [people_of(pages.get("people", {})) for pages in (before, after)]
    for page in pages_of(max(each[0] for each in counts), max(each[1] for each in counts)):
        old, new = before.get(page.name, {}), after.get(page.name, {})
        for question in page.kind.questions:
            if any(_given(old, name) != _given(new, name) for name in question.fields):
                yield Change(page.name, question.name)


def _given(values: Values, name: str) -> list[str]:
    return [each for each in values.get(name, ()) if each]


def label_of(change: Change) -> str:
    """What a change is called where both sides read it. Of a conversation: that it was changed, not which answer."""
    page = page_of(change.page)
    if page.kind.name == "parent-talk":
        return "The safety conversation"
    return page.kind.question(change.question).label
