"""What a parent reads and answers on their own pages: fixed words, and what they answered here themselves.

Nothing is read of the case, so that nothing here changes with what anybody else did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.own_answers import NowhereError, OwnAnswers, Purpose
from services.notification.handlers.own_measures import OwnMeasures
from services.notification.repository.own_answers import OwnAnswer
from services.notification.web.own.pages import OwnPages, own_form, own_of
from shared.service.form_keys import AlreadySentError
from shared.web.browser import Browser
from shared.web.forms import Problems, new_key
from shared.web.rendering import day

NOTICE = "2026-11"
"""The version of the privacy notice in `own_privacy.html`. Whoever changes its words gives it another."""
_LONGEST_WORDS = 4000


@dataclass(frozen=True)
class _Asked:
    """What a consent is asked in: its link, the page's words, the question and the two answers."""

    text: str
    lines: tuple[str, ...]
    question: str
    yes: str
    no: str


_PURPOSES: Mapping[Purpose, _Asked] = {
    "referral": _Asked(
        "Being put in touch with a service",
        (
            "A service can help you with arguments about the children, for example in talks that somebody leads.",
            "To get in touch, it is given your name, your date of birth, and how and when it is safe to reach you. It "
            "is given nothing that you said when your worker spoke with you.",
        ),
        "Do you agree to be put in touch?",
        "Yes, I agree",
        "No, I do not want it, or not any more",
    ),
    "evaluation": _Asked(
        "Being asked how it was",
        (
            "You may be asked some questions before and after the help, and again months later. The answers show "
            "whether the help works.",
            "They are counted without your name. If you say no, you get the same help.",
        ),
        "May you be asked?",
        "Yes, you may ask me",
        "No, do not ask me",
    ),
}
_SAVED = {
    # The same whatever the case can still take: what became of it would tell what the other parent did.
    "yes": (
        "You said yes, and the area's team has your answer. It arranges nothing by itself, and nothing more where the "
        "help has ended. The team tells you, alone, what comes of it."
    ),
    "no": "Saved. You said no.",
    "stop": "Saved. Everything is being stopped.",
    "complaint": "Sent. It is read, and answered in a way that is safe for you.",
}
_NO_ANSWER = "Select yes or no"
_NO_WORDS = "Write what went wrong"
_NO_WHOM = "Select whether it is about somebody of the area's team"
_TOO_LONG = "Write no more than 4,000 characters"
_DONE = (
    "This page is closed. You may want to delete it from the history of this browser, and the message that had the "
    "link."
)
_NOWHERE = "This cannot be taken just now. Please speak with your worker."


def routes(own: OwnPages) -> list[Route]:
    """GET /pages/own, …/privacy; GET and POST …/consent/{purpose}, …/stop, …/complaint; POST …/finish."""
    answers, measures = OwnAnswers(own.context, NOTICE), OwnMeasures(own.context)

    async def saved(request: Request, what: str, *, purpose: Purpose, gives: bool) -> Response:
        _, key = own_form(request)
        try:
            await answers.consent(own_of(request), purpose, gives, key)
        except AlreadySentError:
            pass
        except NowhereError:
            return await own.problem(request, 409, "Sorry, there is a problem", _NOWHERE)
        return own.to("/pages/own", saved=what)

    @own.by_link
    async def home(request: Request) -> Response:
        given = await answers.answered(own_of(request))
        purposes = [
            {"purpose": purpose, "text": asked.text, "answer": _answer(given.get(purpose))}
            for purpose, asked in _PURPOSES.items()
        ]
        done = _SAVED.get(request.query_params.get("saved", ""), "")
        return await own.render(
            request,
            "own_home.html",
            title="Your page",
            purposes=purposes,
            saved=done,
            asked=await measures.asked(own_of(request)) is not None,
        )

    @own.by_link
    async def privacy(request: Request) -> Response:
        return await own.render(request, "own_privacy.html", title="How your information is used", version=NOTICE)

    @own.by_link
    async def asked(request: Request) -> Response:
        return await _consent(own, request, "")

    @own.by_link
    async def answered(request: Request) -> Response:
        form, _ = own_form(request)
        purpose, agrees = _purpose(request), form.get("agrees")
        if purpose is None or agrees not in ("yes", "no"):
            return await _consent(own, request, _NO_ANSWER)
        if purpose == "referral" and agrees == "no":
            # What follows from it is said before it is done.
            return own.to("/pages/own/stop")
        return await saved(request, agrees, purpose=purpose, gives=agrees == "yes")

    @own.by_link
    async def stop(request: Request) -> Response:
        return await own.render(request, "own_stop.html", title="Stop", key=new_key())

    @own.by_link
    async def stopped(request: Request) -> Response:
        return await saved(request, "stop", purpose="referral", gives=False)

    @own.by_link
    async def complaint(request: Request) -> Response:
        return await _complaint(own, request)

    @own.by_link
    async def complained(request: Request) -> Response:
        form, key = own_form(request)
        words, about = form.get("words"), form.get("about_team")
        wrong = {}
        if not words or len(words) > _LONGEST_WORDS:
            wrong["words"] = _TOO_LONG if words else _NO_WORDS
        if about not in ("yes", "no"):
            wrong["about_team"] = _NO_WHOM
        if wrong:
            return await _complaint(own, request, {"words": words, "about_team": about}, wrong)
        try:
            await answers.complain(own_of(request), words, key, about_team=about == "yes")
        except AlreadySentError:
            pass
        except NowhereError:
            return await own.problem(request, 409, "Sorry, there is a problem", _NOWHERE)
        return own.to("/pages/own", saved="complaint")

    @own.by_link
    async def finish(request: Request) -> Response:
        browser: Browser = request.state.browser
        await own.links.finish(browser.session)
        return own.forget(await own.problem(request, 200, "You are done", _DONE))

    return [
        Route("/pages/own", home),
        Route("/pages/own/privacy", privacy),
        Route("/pages/own/consent/{purpose}", asked),
        Route("/pages/own/consent/{purpose}", answered, methods=["POST"]),
        Route("/pages/own/stop", stop),
        Route("/pages/own/stop", stopped, methods=["POST"]),
        Route("/pages/own/complaint", complaint),
        Route("/pages/own/complaint", complained, methods=["POST"]),
        Route("/pages/own/finish", finish, methods=["POST"]),
    ]


async def _consent(own: OwnPages, request: Request, problem: str) -> Response:
    purpose = _purpose(request)
    if purpose is None:
        return await own.problem(request, 404, "Page not found", "Go back to your page.")
    asked = _PURPOSES[purpose]
    values: dict[str, Any] = {
        "purpose": purpose,
        "lines": list(asked.lines),
        "question": asked.question,
        "yes": asked.yes,
        "no": asked.no,
        "problem": problem,
    }
    status = 422 if problem else 200
    return await own.render(request, "own_consent.html", status, title=asked.text, key=new_key(), **values)


async def _complaint(
    own: OwnPages, request: Request, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> Response:
    found = dict(wrong or {})
    return await own.render(
        request,
        "own_complaint.html",
        422 if found else 200,
        title="Say that something went wrong",
        words=(typed or {}).get("words", ""),
        about_team=(typed or {}).get("about_team", ""),
        problems=Problems.of_texts(found),
        key=new_key(),
    )


def _purpose(request: Request) -> Purpose | None:
    return next((purpose for purpose in _PURPOSES if purpose == request.path_params["purpose"]), None)


def _answer(given: OwnAnswer | None) -> str:
    if given is None:
        return "You have not answered here."
    return f"You said {'yes' if given.gives else 'no'} here on {day(given.answered_at)}."
