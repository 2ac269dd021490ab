"""The questionnaire that a parent was asked to answer by themselves, and whom to call, whatever they answered."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.own_answers import NowhereError
from services.notification.handlers.own_measures import NothingAskedError, OwnMeasures, Questions
from services.notification.web.own.pages import OwnPages, own_form, own_of
from shared.contracts.instruments import NotScoredError
from shared.contracts.vocabulary import Occasion
from shared.web.forms import Form, new_key

CHANGES = {"better": "Better", "same": "The same", "worse": "Worse", "not-said": "I would rather not say"}
"""What a parent can say has changed, in the codes of a provider's `view`."""
_LONGEST_WORDS = 4000
_NOT_ANSWERED = "not-answered"
_NOTHING = "There are no questions for you here, or you have answered them. Go back to your page."
_NOWHERE = "This cannot be taken just now. Please speak with your worker."


def routes(own: OwnPages) -> list[Route]:
    """GET and POST /pages/own/questions; GET /pages/own/answered."""
    measures = OwnMeasures(own.context)

    async def nothing(request: Request) -> Response:
        return await own.problem(request, 404, "Nothing to answer", _NOTHING)

    @own.by_link
    async def asked(request: Request) -> Response:
        questions = await measures.asked(own_of(request))
        return await _page(own, request, questions, {}) if questions else await nothing(request)

    @own.by_link
    async def answered(request: Request) -> Response:
        questions = await measures.asked(own_of(request))
        if questions is None:
            # Sent twice: it was taken the first time.
            return own.to("/pages/own/answered")
        form, _ = own_form(request)
        problems = _missing(questions, form)
        if not problems:
            items = {n: float(form.get(f"item-{n}")) for n in _numbers(questions) if form.get(f"item-{n}").isdigit()}
            try:
                await measures.answer(own_of(request), questions, items, *_view(questions, form))
            except NothingAskedError:
                pass
            except NowhereError:
                return await own.problem(request, 409, "Sorry, there is a problem", _NOWHERE)
            except NotScoredError:
                at_most = questions.known.missing.at_most if questions.known.missing else 0
                left = next(n for n in _numbers(questions) if n not in items)
                problems = {f"item-{left}": f"Answer all questions but {at_most}. The others can be left out"}
        if problems:
            return await _page(own, request, questions, problems, form)
        return own.to("/pages/own/answered")

    @own.by_link
    async def done(request: Request) -> Response:
        support = await measures.help_of(own_of(request))
        return await own.render(
            request,
            "own_answered.html",
            title="Thank you",
            support={"name": support.name, "phone": support.phone or "", "url": support.url or ""} if support else None,
        )

    return [
        Route("/pages/own/questions", asked),
        Route("/pages/own/questions", answered, methods=["POST"]),
        Route("/pages/own/answered", done),
    ]


def _numbers(questions: Questions) -> range:
    return range(1, questions.known.items + 1)


def _ends(questions: Questions) -> bool:
    return questions.asked.occasion == Occasion.CLOSURE


def _view(questions: Questions, form: Form) -> tuple[str, str]:
    return (form.get("change"), form.get("words")) if _ends(questions) else ("", "")


def _missing(questions: Questions, form: Form) -> dict[str, str]:
    known = questions.known
    answers = {str(each) for each in known.scale}
    found: dict[str, str] = {}
    for number in _numbers(questions):
        given = form.get(f"item-{number}")
        if given not in answers and not (known.may_miss(number) and given == _NOT_ANSWERED):
            found[f"item-{number}"] = f"Select an answer to question {number}"
    if _ends(questions):
        if form.get("change") not in CHANGES:
            found["change"] = "Select what has changed"
        if len(form.get("words")) > _LONGEST_WORDS:
            found["words"] = "Write no more than 4,000 characters"
    return found


async def _page(
    own: OwnPages, request: Request, questions: Questions, problems: dict[str, str], form: Form | None = None
) -> Response:
    known = questions.known
    shown: list[dict[str, Any]] = []
    for number, text in enumerate(known.texts, 1):
        answers = [[str(value), words] for value, words in known.scale.items()]
        if known.may_miss(number):
            answers.append([_NOT_ANSWERED, "I would rather not say"])
        shown.append(
            {
                "name": f"item-{number}",
                "legend": f"{number}. {text}",
                "answers": answers,
                "given": form.get(f"item-{number}") if form else "",
                "error": problems.get(f"item-{number}", ""),
            }
        )
    return await own.render(
        request,
        "own_questions.html",
        422 if problems else 200,
        title="Questions about how you have been",
        stem=known.stem,
        questions=shown,
        problems=[{"text": text, "href": f"#{name}"} for name, text in problems.items()],
        changes=[list(each) for each in CHANGES.items()] if _ends(questions) else [],
        change=form.get("change") if form else "",
        change_problem=problems.get("change", ""),
        words=form.get("words") if form else "",
        words_problem=problems.get("words", ""),
        key=new_key(),
    )
