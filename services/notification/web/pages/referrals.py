"""The provider's referrals as they were sent to it, and one parent's details at a time, for a recorded reason."""

from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.domain.openings import OpenDetails, OpeningReason
from services.notification.handlers.openings import NotOpenedError, open_details
from services.notification.repository import openings
from services.notification.repository.openings import SentReferral, parent_of
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, check_reach
from shared.service.recording import because, concerns
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_ON_A_PAGE = 25
_STATUS = {
    "with-you": ("With you", "govuk-tag--blue"),
    "stopped": ("Stop: do not contact the family", "govuk-tag--red"),
    "ended": ("Ended", "govuk-tag--grey"),
}
REASONS = {
    OpeningReason.FIRST_CONTACT: "To contact them for the first time",
    OpeningReason.ARRANGE: "To arrange an appointment, or change one",
    OpeningReason.MISSED: "They missed an appointment",
    OpeningReason.CHECK: "To check whether their details have changed",
    OpeningReason.ASKED_BY_THE_PARENT: "They asked for it themselves",
    OpeningReason.SAFETY_CONCERN: "Somebody may be at risk now",
}
_MISSING = {"reason": "Select why you open these details"}
_NO_REFERRAL = "Your organisation was sent no such referral."
_NO_PARENT = "There is no such parent in this referral."
_CLOSED = "Nothing of this family is open to you now. If you were told to stop, do not contact them."
_GONE = "These details are not kept any more, or are being corrected. Look again later, or ask the area's team."


class NotThereError(Exception):
    """There is no such referral, or parent, for whoever asks. The message is a plain sentence."""


def routes(pages: Pages) -> list[Route]:
    """GET /pages/referrals, …/{referral}, …/{referral}/people/{person}; POST …/people/{person}/open."""

    @pages.guarded
    async def listed(request: Request) -> Response:
        number = _page_of(request)
        provider = request.state.visitor.principal.provider or ""
        async with pages.context.pool.acquire() as connection:
            found = await openings.sent(connection, provider, limit=_ON_A_PAGE + 1, offset=(number - 1) * _ON_A_PAGE)
        shown = found[:_ON_A_PAGE]
        concerns(request, cases=[each.case_id for each in shown])
        return await pages.render(
            request,
            "referrals.html",
            title="Referrals you were sent",
            referrals=[_line(each) for each in shown],
            number=number,
            more=len(found) > _ON_A_PAGE,
        )

    @pages.guarded
    async def one(request: Request) -> Response:
        try:
            referral = await referral_of(pages, request)
        except NotThereError as error:
            return await not_there(pages, request, error)
        with_you = referral.status == "with-you"
        return await pages.render(
            request,
            "referral.html",
            title="Referral",
            referral={
                **_line(referral),
                # Where it was told to stop, nothing of the family is shown at all.
                "children_ages": list(referral.family.children_ages) if with_you else [],
                "children_expected": list(referral.family.children_expected) if with_you else [],
                "parents": [
                    {"person_id": each.person_id, "called": called(each.role.value)}
                    for each in (referral.family.parents if with_you else ())
                ],
            },
        )

    @pages.guarded
    async def asked(request: Request) -> Response:
        try:
            referral = await referral_of(pages, request)
            return await _details(pages, request, referral)
        except NotThereError as error:
            return await not_there(pages, request, error)

    @pages.guarded
    async def opened(request: Request) -> Response:
        form, person = form_of(request), request.path_params["person"]
        try:
            referral = await referral_of(pages, request)
            asked_for = form.read(OpenDetails, reason=form.get("reason"))
            because(request, asked_for.reason)
            found = await open_details(pages.context, referral, person, asked_for, acting(request), key=form.key)
        except NotThereError as error:
            return await not_there(pages, request, error)
        except AlreadySentError:
            # They were shown once. Whoever wants to see them again says why again.
            return pages.to(f"/pages/referrals/{request.path_params['referral']}/people/{person}")
        except InvalidRequestError as error:
            return await _details(pages, request, referral, problems=Problems(error.findings, _MISSING))
        except NotOpenedError:
            return await pages.problem(request, 409, "This is closed now", _CLOSED, link=_to_referral(referral))
        if found is None:
            return await pages.problem(request, 409, "There is nothing to show", _GONE, link=_to_referral(referral))
        return await _details(pages, request, referral, found=found)

    at = "/pages/referrals/{referral:uuid}"
    return [
        Route("/pages/referrals", listed),
        Route(at, one),
        Route(f"{at}/people/{{person:uuid}}", asked),
        Route(f"{at}/people/{{person:uuid}}/open", opened, methods=["POST"]),
    ]


async def referral_of(pages: Pages, request: Request) -> SentReferral:
    """The referral of the path. Raises NotThereError where it is not one of the caller's provider."""
    referral_id: UUID = request.path_params["referral"]
    missing = NotThereError(_NO_REFERRAL)
    await check_reach(request, pages.context.pool, partial(openings.belonging, referral_id=referral_id), missing)
    async with pages.context.pool.acquire() as connection:
        found = await openings.sent_referral(connection, referral_id)
    if found is None:
        raise missing
    concerns(request, cases=[found.case_id])
    return found


async def _details(
    pages: Pages,
    request: Request,
    referral: SentReferral,
    *,
    found: dict[str, Any] | None = None,
    problems: Problems | None = None,
) -> Response:
    """One parent alone: why they are opened, or what was just opened. Raises NotThereError."""
    person_id: UUID = request.path_params["person"]
    parent = parent_of(referral, person_id)
    if parent is None or referral.status != "with-you":
        raise NotThereError(_NO_PARENT)
    concerns(request, persons=[person_id])
    if found and found["date_of_birth"]:
        found = {**found, "date_of_birth": date.fromisoformat(found["date_of_birth"])}
    return await pages.render(
        request,
        "details.html",
        422 if problems else 200,
        title=f"The {called(parent.role.value).lower()}",
        referral_id=referral.referral_id,
        case_id=referral.case_id,
        person_id=person_id,
        called=called(parent.role.value),
        opened=found is not None,
        details=found,
        problems=problems or Problems(),
        reasons={reason.value: text for reason, text in REASONS.items()},
        key=new_key(),
    )


async def not_there(pages: Pages, request: Request, error: NotThereError) -> Response:
    """A page that says so."""
    link = {"href": f"{pages.prefix}/pages/referrals", "text": "Go to the referrals that you were sent"}
    return await pages.problem(request, 404, "Page not found", str(error), link=link)


def _to_referral(referral: SentReferral) -> dict[str, str]:
    return {"href": f"/notification/pages/referrals/{referral.referral_id}", "text": "Go to the referral"}


def _line(each: SentReferral) -> dict[str, Any]:
    text, colour = _STATUS[each.status]
    return {
        "referral_id": each.referral_id,
        "case_id": each.case_id,
        "service": each.terms.service.replace("-", " ").capitalize(),
        "agreed_at": each.terms.agreed_at,
        "status": each.status,
        "status_text": text,
        "colour": colour,
    }


def _page_of(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return min(max(int(text), 1), 1_000) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def called(role: str) -> str:
    """What a parent is called: their role."""
    return role.replace("-", " ").capitalize()
