"""A form's pages as templates show them: each question with what was typed, and what is wrong with it."""

from collections.abc import Mapping
from typing import Any

from services.screening.domain.form.checking import day_of
from services.screening.domain.form.questions import DATE_PARTS, Page, Question, Values, one, page_of
from shared.web.rendering import day

_HEADINGS = {
    True: "Is one of them afraid, hurt or controlled?",
    False: "And the conflict between them?",
}
_LONG = frozenset({"radios", "checkboxes", "yes-no", "answer", "date"})


def words_of(text: str, page: Page, name: str) -> str:
    """A title or lead with whom it is about."""
    called = name or {"parent": f"parent {page.number}", "child": f"child {page.number}"}.get(page.kind.of, "")
    return text.replace("{name}", called).replace("{number}", str(page.number))


def title_of(page: Page, name: str = "") -> str:
    """What a page is called."""
    return words_of(page.kind.title, page, name)


def questions_of(
    page: Page, values: Values, wrong: Mapping[str, str], options: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """The questions of a page. `options` replaces those of a question by this front door's own."""
    found, heading = [], None
    for question in page.kind.questions:
        shown = _question(question, values, wrong.get(question.name, ""), options.get(question.name, question.options))
        if question.kind == "answer" and question.sign != heading:
            heading = question.sign
            shown["heading"] = _HEADINGS[heading]
        found.append(shown)
    return found


def _question(question: Question, values: Values, wrong: str, options: Mapping[str, str]) -> dict[str, Any]:
    given = list(values.get(question.name, ()))
    return {
        "name": question.name,
        "kind": "radios" if question.kind in ("yes-no", "answer") else question.kind,
        "inline": question.kind in ("yes-no", "answer"),
        "label": question.label + (" (optional)" if question.optional and question.kind not in _LONG else ""),
        "hint": question.hint,
        "heading": "",
        "choices": [{"value": value, "text": text, "chosen": value in given} for value, text in options.items()],
        "value": one(values, question.name),
        "parts": [
            {"part": part, "value": one(values, f"{question.name}-{part}")}
            for part in DATE_PARTS
            if question.kind == "date"
        ],
        "wrong": wrong,
        "width": question.width or 0,
        "rows": question.rows,
        "autocomplete": question.autocomplete,
        "at": f"{question.name}-day" if question.kind == "date" else question.name,
    }


def rows_of(
    page: Page, values: Values, wrong: Mapping[str, str], options: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """What was answered on a page, to look at: the questions that are asked, each with its answer in words."""
    found = []
    for question in page.kind.questions:
        answer = answer_of(question, values, options.get(question.name, question.options))
        if question.name in wrong:
            answer = answer or "Not answered yet"
        elif not answer or not question.is_asked(values):
            continue
        found.append(
            {"label": question.label, "answer": answer, "wrong": wrong.get(question.name, ""), "name": question.name}
        )
    return found


def answer_of(question: Question, values: Values, options: Mapping[str, str]) -> str:
    """An answer in words; empty where there is none."""
    if question.kind == "date":
        return day(day_of(values, question.name)) or " ".join(
            filter(None, (one(values, each) for each in question.fields))
        )
    given = [each for each in values.get(question.name, ()) if each]
    return ", ".join(options.get(each, each) for each in given)


def name_of(pages: Mapping[str, Values], number: int) -> str:
    """The given name of a parent; empty until it was typed."""
    return one(pages.get(f"parent-{number}", {}), "given")


def section_title(section: str, name: str) -> str:
    """What a part of the form is called, which is looked at by itself."""
    of, _, number = section.partition("-")
    if of == "parent":
        return name or f"Parent {number}"
    return f"Child {number}" if of == "child" else "The family"


def pages_needed(page: str) -> list[str]:
    """The pages that must be opened to show this one: of a parent's, who it is. Never another parent's."""
    shown = page_of(page)
    needed = [page, "family", "people"]
    return [*needed, f"parent-{shown.number}"] if shown.kind.of == "parent" else needed
