"""A form's pages as templates show them: each question with what was typed, and what is wrong with it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.screening.domain.form.checking import NO_DAY, OTHER_DAY, TODAY, YESTERDAY, choice_of_day, day_of
from services.screening.domain.form.questions import DATE_PARTS, Page, Question, Screen, Values, one
from shared.web.rendering import day

Options = Mapping[str, Mapping[str, str]]

_HEADINGS = {True: "Afraid, hurt or controlled?", False: "The conflict between them"}
_RECENT = {TODAY: "Today", YESTERDAY: "Yesterday", OTHER_DAY: "Another day"}
_KNOWN = "Filled in already"
_LONG = frozenset({"radios", "checkboxes", "yes-no", "answer", "date"})


def words_of(text: str, page: Page, name: str) -> str:
    """A title or lead with whom it is about."""
    called = name or {"parent": f"parent {page.number}", "child": f"child {page.number}"}.get(page.kind.of, "")
    return text.replace("{name}", called).replace("{number}", str(page.number))


def title_of(page: Page, name: str = "") -> str:
    """What a page is called."""
    return words_of(page.kind.title, page, name)


def blocks_of(
    screen: Screen,
    pages: Mapping[str, Values],
    wrong: Mapping[str, str],
    options: Options,
    today: date,
    *,
    opened: bool = False,
) -> list[dict[str, Any]]:
    """The questions of a screen, in blocks: with a heading, or closed under a summary. `options` replaces those of a
    question by this front door's own; `opened`: nothing is closed, for whoever comes to change an answer."""
    blocks: list[dict[str, Any]] = []
    known: list[dict[str, Any]] = []
    for page in screen.pages:
        values, heading = pages.get(page.name, {}), page.kind.heading if page is not screen.first else ""
        lead = page.kind.lead if page is not screen.first else ""
        for question in page.kind.questions:
            if any(question.name == each.decides for each in page.kind.questions):
                continue
            shown = _question(question, values, _wrong(question, wrong), options, today)
            if question.folds and shown["given"] and not shown["wrong"] and not opened:
                known.append(shown)
                continue
            if question.kind == "answer":
                heading = _HEADINGS[question.sign] if _HEADINGS[question.sign] not in _of(blocks) else ""
            if heading or not blocks or blocks[-1]["summary"] != question.rare:
                more = {"heading": heading, "lead": lead, "summary": question.rare}
                blocks.append({**more, "open": opened, "questions": []})
            blocks[-1]["questions"].append(shown)
            blocks[-1]["open"] |= bool(shown["given"] or shown["wrong"])
            heading = lead = ""
    if known:
        blocks.append({"heading": "", "lead": "", "summary": _KNOWN, "open": False, "questions": known})
    return blocks


def _of(blocks: list[dict[str, Any]]) -> set[str]:
    return {each["heading"] for each in blocks}


def _wrong(question: Question, wrong: Mapping[str, str]) -> str:
    return wrong.get(question.name, "") or (wrong.get(question.decides, "") if question.decides else "")


def guide_of(screen: Screen) -> dict[str, Any]:
    """How to ask, in one place: the help of each question that has one."""
    helped = [each for each in screen.questions if each.help]
    return {
        "title": screen.first.kind.guide,
        "lines": [{"label": _in_short(each), "help": each.help} for each in helped],
    }


def _in_short(question: Question) -> str:
    """What a help is about: nothing where it is about the conversation as a whole."""
    if question.kind != "answer":
        return ""
    return f"{question.short[:1].upper()}{question.short[1:]}:" if question.short else question.label


def place_on_screen(screen: Screen, name: str) -> str:
    """The id of the first field of a question, to which an error leads."""
    found = {each.decides: each for each in screen.questions if each.decides}
    found = {**{each.name: each for each in screen.questions}, **found}
    return _at(found[name])


def _at(question: Question) -> str:
    return f"{question.name}-day" if question.kind == "date" and not question.recent else question.name


def _question(question: Question, values: Values, wrong: str, options: Options, today: date) -> dict[str, Any]:
    given = list(values.get(question.name, ()))
    choices = options.get(question.name, question.options)
    kind, inline = question.kind, question.inline or question.kind in ("yes-no", "answer")
    if question.kind in ("yes-no", "answer"):
        kind = "radios"
    if question.recent:
        kind, inline = "recent", True
        given = [choice_of_day(question, values, today)]
        choices = {**_RECENT, **({NO_DAY: question.none} if question.none else {})}
    days = DATE_PARTS if question.kind == "date" else ()
    parts = [{"part": part, "value": one(values, f"{question.name}-{part}")} for part in days]
    # A day that a choice says is typed nowhere.
    if question.recent and given != [OTHER_DAY]:
        parts = [{**each, "value": ""} for each in parts]
    return {
        "name": question.name,
        "kind": kind,
        "inline": inline,
        "label": question.label,
        "optional": question.optional and question.kind not in _LONG and not question.rare,
        "hint": question.hint,
        "given": any(given) or any(each["value"] for each in parts),
        "choices": [{"value": value, "text": text, "chosen": value in given} for value, text in choices.items()],
        "value": one(values, question.name),
        "parts": parts,
        "wrong": wrong,
        "width": question.width or 0,
        "rows": question.rows,
        "autocomplete": question.autocomplete,
    }


def rows_of(
    page: Page, values: Values, wrong: Mapping[str, str], options: Options, *, compact: bool = False
) -> list[dict[str, Any]]:
    """What was answered on a page, to look at: the questions that are asked, each with its answer in words.

    `compact`: all noes are one row, but for those that weigh; what another answer says already is left out.
    """
    found: list[dict[str, Any]] = []
    noes: list[Question] = []
    for question in page.kind.questions:
        answer = answer_of(question, values, options.get(question.name, question.options))
        if question.name in wrong:
            answer = answer or "Not answered yet"
        elif not answer or not question.is_asked(values):
            continue
        elif compact and question.short and one(values, question.name) == "no":
            noes.append(question)
            continue
        elif compact and answer == "Yes" and any(question.name == each.decides for each in page.kind.questions):
            continue
        label = question.short if compact and question.folds else question.label
        found.append({"label": label, "answer": answer, "wrong": wrong.get(question.name, ""), "name": question.name})
    if noes:
        answer = ", ".join(each.short for each in noes)
        found.append({"label": "No to", "answer": answer, "wrong": "", "name": noes[0].name})
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


def pages_needed(screen: Screen) -> list[str]:
    """The pages that must be opened to show a screen: of a parent's, who it is. Never another parent's."""
    needed = [*(page.name for page in screen.pages), "family", "people"]
    return [*needed, f"parent-{screen.first.number}"] if screen.first.kind.of == "parent" else needed
