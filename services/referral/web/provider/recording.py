"""What a provider's people record: each form gives an update, which is decided as one on the provider's topic is."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.shown_to_provider import ShownReferral
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.handlers.handed_in import hand_in
from services.referral.web.provider import words
from services.referral.web.provider.answering import answering
from services.referral.web.provider.forms import FORMS, Form
from services.referral.web.provider.questions import answers
from services.referral.web.provider.reading import called, referral_of
from shared.messaging.core.records import Finding
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

# The questions whose answers are in these fields of an update, where the rule of one refuses it.
_QUESTIONS = {"scheduled_for": "day", "held_on": "held_on", "number": "day"}
_LONGEST_ABOUT = 20


def routes(pages: Pages) -> list[Route]:
    """For each form GET and POST /pages/referrals/{referral}/<its name>."""

    def of_form(form: Form) -> list[Route]:
        at = f"/pages/referrals/{{referral:uuid}}/{form.name}"

        @pages.guarded
        @answering(pages)
        async def ask(request: Request) -> Response:
            shown = await referral_of(pages.context, request)
            about = request.query_params.get("about", "")[:_LONGEST_ABOUT]
            return await _page(pages, request, form, shown, about)

        @pages.guarded
        @answering(pages)
        async def do(request: Request) -> Response:
            shown = await referral_of(pages.context, request)
            return await _taken(pages, request, form, shown)

        return [Route(at, ask), Route(at, do, methods=["POST"])]

    return [route for form in FORMS for route in of_form(form)]


async def _taken(pages: Pages, request: Request, form: Form, shown: ShownReferral) -> Response:
    sent = form_of(request)
    about = sent.get("about")[:_LONGEST_ABOUT]
    back = f"/pages/referrals/{shown.referral_id}"
    try:
        found = answers(form.questions(shown, about), sent)
        if "instrument" in found:
            return pages.to(f"{back}/{form.name}", about=found["instrument"])
        if form.name == "assessment" and set(found.values()) == {"not-seen"}:
            first = next(iter(found))
            raise InvalidRequestError([Finding(first, "Select what you found for at least one of the parents")])
        if form.of_session and not form.fits(shown, about):
            # Whoever sent it twice, or was slower: the session is no longer planned.
            return pages.to(back)
        record = {
            **form.update(shown, about, found),
            "case_id": str(shown.case_id),
            "occurred_at": pages.context.clock.now(),
        }
        decided = await hand_in(pages.context, shown.provider, sent.key, record)
    except InvalidRequestError as error:
        return await _page(pages, request, form, shown, about, error.findings)
    except UpdateRefusedError as error:
        if error.reason != "value-not-possible":
            raise
        findings = [Finding(_QUESTIONS.get(each.field, each.field), f"This {each.rule}") for each in error.findings]
        return await _page(pages, request, form, shown, about, findings)
    return pages.to(back) if decided else pages.to(back, on="its-way")


async def _page(
    pages: Pages,
    request: Request,
    form: Form,
    shown: ShownReferral,
    about: str,
    findings: object = (),
) -> Response:
    wrong = list(findings) if isinstance(findings, list | tuple) else []
    problems = Problems(wrong, {each.field: each.rule for each in wrong})
    sent = form_of(request) if problems else None
    questions = form.questions(shown, about)
    shown_questions = [each.as_shown(problems.of(each.name), sent) for each in questions]
    return await pages.render(
        request,
        "provider_form.html",
        422 if problems else 200,
        title=form.title,
        asked={
            "name": form.name,
            "title": _title(form, about),
            "lead": form.lead or form.lead_about(about),
            "button": _button(form, shown, about),
        }
        | {"warning": form.warning},
        referral={"referral_id": shown.referral_id, "called": called(shown)},
        questions=shown_questions,
        links={each["name"]: each["first"] for each in shown_questions},
        fits=form.fits(shown, about),
        about=about,
        problems=problems,
        key=new_key(),
    )


def _title(form: Form, about: str) -> str:
    if form.name == "measure" and about in words.INSTRUMENTS:
        return words.INSTRUMENTS[about].partition(":")[0]
    return f"Session {about}: {form.title[:1].lower()}{form.title[1:]}" if form.of_session else form.title


def _button(form: Form, shown: ShownReferral, about: str) -> str:
    return "Continue" if [each.name for each in form.questions(shown, about)] == ["instrument"] else form.button
