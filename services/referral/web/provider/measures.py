"""Measures: the answers to a validated instrument, its subscales or its score, and what a score means in words."""

from collections.abc import Mapping
from typing import Any

from services.referral.domain.case.course import Measured
from services.referral.domain.case.shown_to_provider import ShownReferral, Stage
from services.referral.web.provider import words
from services.referral.web.provider.questions import Question, choice
from shared.contracts.instruments import (
    Change,
    Instrument,
    NotScoredError,
    band_of,
    change_of,
    instrument,
    listed,
    reliable_change,
    score,
)
from shared.contracts.vocabulary import Occasion
from shared.messaging.core.records import Finding
from shared.service.requests import InvalidRequestError

_AFTER = ("follow-up-6-months", "follow-up-12-months")
_LISTED = {each.code: each for each in listed()}
_NOT_ANSWERED = "not-answered"
_GROWN_UP = 17


def measure_questions(shown: ShownReferral, about: str) -> tuple[Question, ...]:
    """Which instrument; once that is known, of whom, when, which form, and each of its answers or its score."""
    known = _LISTED.get(about)
    if known is None:
        return (choice("instrument", "Which questionnaire?", words.INSTRUMENTS, "Select the questionnaire"),)
    occasions = {
        code: text for code, text in words.OCCASIONS.items() if (code in _AFTER) is (shown.stage is Stage.CLOSED)
    }
    people = {str(each.person_id): each.called for each in shown.people if _is_for(known, is_parent=each.is_parent)}
    asked = [
        choice("person", "Whose answers are they?", people, "Select whose answers they are"),
        choice("occasion", "When were they given?", occasions, "Select when they were given"),
    ]
    if len(known.forms) > 1:
        forms = {code: form.name for code, form in known.forms.items()}
        asked.append(choice("form", "Which form is it?", forms, "Select which form it is"))
    match known.entry:
        case "items":
            asked += [_item(known, number) for number in range(1, known.items + 1)]
        case "subscales":
            asked += [
                _number(f"part-{code}", each.name, each.scores)
                for code, each in known.subscales.items()
                if each.in_total
            ]
        case _:
            asked.append(_number("score", *_what_is_entered(known)))
            asked += [_item(known, number) for number in known.risk]
    return tuple(asked)


def measure_lead(about: str) -> str:
    """What to say above the form of an instrument: what its licence lets us do, which answers may be missing, and what
    nobody here could read in a publication, so that no band or change is made of it.
    """
    known = _LISTED.get(about)
    if known is None or known.licence is None:
        return ""
    if known.entry != "items":
        missing = ""
    elif known.missing is None:
        missing = "Every answer is needed."
    else:
        missing = f"Up to {known.missing.at_most} may be missing: the mean of the others takes their place."
    asked = f"It asks about {known.about}. Filled in by: {known.informant}."
    unknown = f"Not known to us: {'; '.join(known.not_known)}." if known.not_known else ""
    return " ".join(filter(None, (asked, known.stem and f"“{known.stem}”", missing, known.licence.text, unknown)))


def measure_of(_shown: ShownReferral, about: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The update. A risk item that signals harm stops the case, as a safety concern does.

    Raises InvalidRequestError where more answers are missing than the instrument's rule allows.
    """
    known = _LISTED[about]
    items = {
        int(name.removeprefix("item-")): float(value)
        for name, value in answers.items()
        if name.startswith("item-") and value not in ("", _NOT_ANSWERED)
    }
    measure: dict[str, Any] = {
        "person": answers["person"],
        "instrument": about,
        "version": answers.get("form") or next(iter(known.forms), "1"),
        "occasion": answers["occasion"],
        "score": _score(known, answers, items),
    }
    if items:
        measure["items"] = {str(number): value for number, value in items.items()}
    return {"update": "measure", "measure": measure}


def measure_rows(shown: ShownReferral) -> list[dict[str, Any]]:
    """The scores of a referral, each with its band and how it has changed since the start, by person."""
    order = {occasion: place for place, occasion in enumerate(words.OCCASIONS)}
    return [
        {
            "called": person.called,
            "instrument": _name(each),
            "occasion": words.OCCASIONS[each.occasion],
            "score": f"{each.score:g}",
            "band": _band(each),
            "change": _change(shown, each),
        }
        for person in shown.people
        for each in sorted(shown.course.measures, key=lambda each: (each.instrument, order[each.occasion]))
        if each.person_id == person.person_id
    ]


def _item(known: Instrument, number: int) -> Question:
    lowest, highest = (int(each) for each in known.answers_to(number))
    answers = {str(each): known.scale.get(each, str(each)) for each in range(lowest, highest + 1)}
    may_miss = known.entry == "items" and known.may_miss(number)
    if may_miss:
        answers[_NOT_ANSWERED] = "Not answered"
    legend = f"{number}. {known.texts[number - 1]}" if known.texts else f"Question {number}"
    return choice(
        f"item-{number}",
        legend,
        answers,
        f"Select the answer to question {number}" + (", or that it was not answered" if may_miss else ""),
        inline=True,
    )


def _number(name: str, legend: str, within: tuple[float, float]) -> Question:
    lowest, highest = within
    hint = f"A number from {lowest:g} to {highest:g}"
    return Question(name, "line", legend, f"Enter a number from {lowest:g} to {highest:g}", hint=hint, within=within)


def _what_is_entered(known: Instrument) -> tuple[str, tuple[float, float]]:
    if known.metric:
        return "What do the answers add up to?", (known.scores[0], known.scores[1])
    return "What is the score?", known.entered or known.scores


def _score(known: Instrument, answers: Mapping[str, Any], items: Mapping[int, float]) -> float:
    if known.entry == "items":
        try:
            return score(known, items)
        except NotScoredError as error:
            first = next(number for number in range(1, known.items + 1) if number not in items)
            raise InvalidRequestError([Finding(f"item-{first}", f"{error}")]) from None
    if known.entry == "subscales":
        return float(sum(value for name, value in answers.items() if name.startswith("part-")))
    entered = float(answers["score"])
    return known.metric[round(entered - known.scores[0])] if known.metric else entered


def _is_for(known: Instrument, *, is_parent: bool) -> bool:
    youngest, oldest = known.ages or (0, None)
    return oldest is None or oldest > _GROWN_UP if is_parent else youngest < _GROWN_UP


def _name(measured: Measured) -> str:
    known = instrument(measured.instrument, measured.version)
    form = known.form(measured.version) if known and len(known.forms) > 1 else None
    name = known.name.partition(" (")[0] if known else measured.instrument
    return f"{name}, {form.name[:1].lower()}{form.name[1:]}" if form else name


def _band(measured: Measured) -> str:
    known = instrument(measured.instrument, measured.version)
    return band_of(known, measured.score, measured.version) if known else ""


def _change(shown: ShownReferral, measured: Measured) -> str:
    key = (measured.person_id, measured.instrument, measured.version)
    before = next(
        (
            each.score
            for each in shown.course.measures
            if (each.person_id, each.instrument, each.version) == key and each.occasion is Occasion.BASELINE
        ),
        None,
    )
    if before is None or measured.occasion is Occasion.BASELINE:
        return ""
    return change_in_words(measured.instrument, before, measured.score, measured.version)


def change_in_words(code: str, before: float, after: float, version: str | None) -> str:
    """How a score has changed since the start, and whether that is more than the instrument's own error."""
    points = f"{abs(after - before):g} {'point' if abs(after - before) == 1 else 'points'}"
    if after == before:
        return "The same as at the start."
    known, reliable = instrument(code, version), reliable_change(code, version)
    if known is None or known.lower_is_better is None:
        return f"{points} {'lower' if after < before else 'higher'} than at the start."
    way = "better" if (after < before) == known.lower_is_better else "worse"
    if reliable is None:
        return f"{points} {way} than at the start. How much of that is the questionnaire's own error is not known."
    match change_of(code, before, after, version):
        case Change.UNCHANGED:
            return (
                f"{points} {way} than at the start, which is within the questionnaire's own error: not a clear change."
            )
        case Change.RECOVERED:
            return (
                f"Better by more than the questionnaire's own error ({points}), and no longer in the range of people "
                "who seek help."
            )
        case _:
            return f"{way.title()} by more than the questionnaire's own error ({points})."
