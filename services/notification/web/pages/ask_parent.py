"""For a provider's worker: a parent is asked to answer a questionnaire by themselves, by a one-time link."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.own_links import ForWhom, NotSentError, OwnLinks, SentLink
from services.notification.repository.openings import parent_of
from services.notification.repository.own_links import AskedQuestions
from services.notification.web.pages.referrals import NotThereError, called, not_there, referral_of
from shared.contracts.instruments import listed
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting
from shared.service.recording import concerns
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_INSTRUMENTS = {each.code: f"{each.name}: {each.about}" for each in listed() if each.texts}
_OCCASIONS = {"baseline": "At the start", "closure": "At the end"}
_CHOICES = (("instrument", "Which questionnaire?", _INSTRUMENTS), ("occasion", "When is it for?", _OCCASIONS))
_MISSING = {
    "instrument": "Select the questionnaire",
    "occasion": "Select when it is for",
    "safe": "Confirm that you have spoken with this parent alone, and that e-mail is safe for them",
}
# One sentence for every reason: more would say something of the other parent, or of what stopped the family elsewhere.
_NOT_BY_MAIL = "No link can go to this parent by e-mail. Ask the questions yourself, and record the answers"
_SHOWN_ONCE = "It was sent already. The numbers are shown once: if you do not have them, send another link"
_NO_PARENT = "There is no such parent in this referral."


def routes(pages: Pages, links: OwnLinks) -> list[Route]:
    """GET and POST /pages/referrals/{referral}/people/{person}/questions."""

    @pages.guarded
    async def ask(request: Request) -> Response:
        try:
            return await page(request, {})
        except NotThereError as error:
            return await not_there(pages, request, error)

    @pages.guarded
    async def send(request: Request) -> Response:
        form = form_of(request)
        given = {name: form.get(name) for name in _MISSING}
        known = {"instrument": _INSTRUMENTS, "occasion": _OCCASIONS, "safe": {"yes": ""}}
        missing = {name: _MISSING[name] for name, value in given.items() if value not in known[name]}
        try:
            if missing:
                return await page(request, missing)
            referral = await referral_of(pages, request)
            person = request.path_params["person"]
            if parent_of(referral, person) is None or referral.status != "with-you":
                raise NotThereError(_NO_PARENT)
            asked = AskedQuestions(given["instrument"], given["occasion"], request.state.visitor.principal.provider)
            sent = await links.send(ForWhom(referral.case_id, person, acting(request), form.key, asked))
        except NotThereError as error:
            return await not_there(pages, request, error)
        except NotSentError:
            return await page(request, {"safe": _NOT_BY_MAIL}, status=409)
        except AlreadySentError:
            return await page(request, {"safe": _SHOWN_ONCE}, status=409)
        return await page(request, {}, sent)

    async def page(
        request: Request, wrong: dict[str, str], sent: SentLink | None = None, status: int = 422
    ) -> Response:
        referral, person = await referral_of(pages, request), request.path_params["person"]
        parent = parent_of(referral, person)
        if parent is None or referral.status != "with-you":
            raise NotThereError(_NO_PARENT)
        concerns(request, persons=[person])
        form = form_of(request) if wrong else None
        values: dict[str, Any] = {name: form.get(name) if form else "" for name in _MISSING}
        return await pages.render(
            request,
            "ask_parent.html",
            status if wrong else 200,
            title="Ask a parent to answer it themselves",
            referral_id=referral.referral_id,
            case_id=referral.case_id,
            person_id=person,
            called=called(parent.role.value),
            choices=[[name, legend, [list(each) for each in answers.items()]] for name, legend, answers in _CHOICES],
            given=values,
            sent={"code": f"{sent.code[:3]} {sent.code[3:]}", "until": sent.expires_at} if sent else None,
            problems=Problems.of_texts(wrong),
            key=new_key(),
        )

    at = "/pages/referrals/{referral:uuid}/people/{person:uuid}/questions"
    return [Route(at, ask), Route(at, send, methods=["POST"])]
