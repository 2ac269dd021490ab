"""For a worker: a one-time link is sent to one parent, with six numbers that the worker gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.domain.own_links import LinkState, OwnLink, Unsafe
from services.notification.handlers.own_links import ForWhom, NotSentError, OwnLinks, SentLink
from services.notification.repository import own_answers, own_links, tracker
from services.notification.repository.own_answers import OwnAnswer
from services.notification.repository.own_links import ParentOfCase
from shared.access.roles import Role
from shared.access.scopes import EVERYWHERE
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, check_reach
from shared.service.recording import concerns
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of
from shared.web.rendering import day

_NOTHING = "There is no such case, or it is not yours to see."
_STATES = {
    LinkState.OPENED: "Opened the link of {made}.",
    LinkState.EXPIRED: "Was sent a link on {made}, and did not open it in time.",
    LinkState.TAKEN_BACK: "The link of {made} was taken back.",
    LinkState.BLOCKED: "The link of {made} is closed: wrong numbers were given too often.",
}
_MAILS = {
    "queued": "A link is on its way to them.",
    "sent": "Was sent a link on {made}, and has not opened it yet.",
    "failed": "The link of {made} could not be delivered. Check the address with them.",
}
_WHY = {
    Unsafe.NO_DETAILS: "There are no details of this parent that may be used.",
    Unsafe.LOOK_FIRST: "A coordinator has to look at the family's people first.",
    Unsafe.NO_ADDRESS: "This parent gave no e-mail address.",
    Unsafe.SEVERAL_ADDRESSES: "The e-mail address is not one address. The screening has to be corrected first.",
    Unsafe.NOT_A_SAFE_WAY: "This parent did not say that e-mail is safe. The screening has to be corrected first.",
    Unsafe.SHARED: "It is not certain that this address is this parent's alone. Speak with them, and use another way.",
    Unsafe.NOT_OF_THE_FAMILY: "The newest screening does not name this person as a parent of the family.",
    Unsafe.RESTRICTED: "What is held of this parent is not to be used for now.",
}
_PURPOSES = {"referral": "being put in touch with a service", "evaluation": "being asked how it was"}
_UNCONFIRMED = "Confirm that you have spoken with this parent alone, and that e-mail is safe for them"
_SHOWN_ONCE = "It was sent already. The numbers are shown once: if you do not have them, send another link."


class _NotThereError(Exception):
    """There is no such case for whoever asks."""


@dataclass(frozen=True)
class _Shown:
    """What a page of links says beside the parents."""

    sent: SentLink | None = None
    person: UUID | None = None
    problem: str = ""
    status: int = 200


def routes(pages: Pages, links: OwnLinks) -> list[Route]:
    """GET /pages/cases/{id}/links; POST …/people/{person}/link, …/links/{link}/take-back."""

    async def reached(request: Request) -> UUID:
        case_id: UUID = request.path_params["id"]
        found = partial(tracker.belonging, case_id=case_id)
        await check_reach(request, pages.context.pool, found, _NotThereError())
        roles = request.state.visitor.principal.roles
        async with pages.context.pool.acquire() as connection:
            # Where a family refers itself, one of its parents is the practitioner, and may know nothing of a link.
            if Role.COORDINATOR not in roles and await tracker.is_from_self(connection, case_id):
                raise _NotThereError
        return case_id

    async def may_send(request: Request, case_id: UUID) -> bool:
        """Whether a worker of a front door may: after any stop it is the coordinator's, so that none of them reads in
        a refusal what stopped the case, which another front door may have reported."""
        if Role.COORDINATOR in request.state.visitor.principal.roles:
            return True
        with reading_within(EVERYWHERE):
            async with pages.context.pool.acquire() as connection:
                return not await own_links.was_stopped(connection, case_id)

    async def page(request: Request, case_id: UUID, shown: _Shown) -> Response:
        coordinates = Role.COORDINATOR in request.state.visitor.principal.roles
        open_here = await may_send(request, case_id)
        with reading_within(EVERYWHERE):
            async with pages.context.pool.acquire() as connection:
                parents = await _parents(connection, case_id, with_details=open_here, with_answers=coordinates)
        concerns(request, persons=[each["person_id"] for each in parents])
        numbers = [each["person_id"] for each in parents]
        at = numbers.index(shown.person) + 1 if shown.person in numbers else 0
        called = next((each["called"] for each in parents if each["person_id"] == shown.person), "")
        sent = None
        if shown.sent is not None:
            code = shown.sent.code
            sent = {"code": f"{code[:3]} {code[3:]}", "called": called, "until": shown.sent.expires_at}
        return await pages.render(
            request,
            "links.html",
            shown.status,
            title="A parent's own page",
            case_id=case_id,
            back=f"/referral/pages/cases/{case_id}" if coordinates else f"{pages.prefix}/pages/families/{case_id}",
            parents=parents,
            open_here=open_here,
            sent=sent,
            problem=shown.problem,
            problem_at=at,
        )

    async def not_there(request: Request) -> Response:
        return await pages.problem(request, 404, "Page not found", _NOTHING)

    @pages.guarded
    async def listed(request: Request) -> Response:
        try:
            return await page(request, await reached(request), _Shown())
        except _NotThereError:
            return await not_there(request)

    @pages.guarded
    async def send(request: Request) -> Response:
        form, person = form_of(request), request.path_params["person"]
        try:
            case_id = await reached(request)
        except _NotThereError:
            return await not_there(request)
        concerns(request, persons=[person])
        if form.get("safe") != "yes":
            return await page(request, case_id, _Shown(person=person, problem=_UNCONFIRMED, status=422))
        if not await may_send(request, case_id):
            return await page(request, case_id, _Shown(status=409))
        try:
            sent = await links.send(ForWhom(case_id, person, acting(request), form.key))
        except NotSentError as error:
            return await page(request, case_id, _Shown(person=person, problem=_WHY[error.why], status=409))
        except AlreadySentError:
            return await page(request, case_id, _Shown(person=person, problem=_SHOWN_ONCE, status=409))
        return await page(request, case_id, _Shown(sent, person))

    @pages.guarded
    async def take_back(request: Request) -> Response:
        form = form_of(request)
        try:
            case_id = await reached(request)
            if not await links.take_back(case_id, request.path_params["link"], form.key):
                raise _NotThereError
        except _NotThereError:
            return await not_there(request)
        except AlreadySentError:
            pass
        return pages.to(f"/pages/cases/{case_id}/links")

    at = "/pages/cases/{id:uuid}"
    return [
        Route(f"{at}/links", listed),
        Route(f"{at}/people/{{person:uuid}}/link", send, methods=["POST"]),
        Route(f"{at}/links/{{link:uuid}}/take-back", take_back, methods=["POST"]),
    ]


async def _parents(
    connection: Connection, case_id: UUID, *, with_details: bool, with_answers: bool
) -> list[dict[str, Any]]:
    """The parents of a case, with what became of the newest link of each. The case must be the caller's to see.

    Without details only those who were sent a link: whether there are details may tell what stopped the case.
    """
    parents = await own_links.parents_of(connection, case_id) if with_details else []
    links = {each.person_id: each for each in await own_links.links_of(connection, case_id)}
    mails = await own_links.mail_states(connection, [each.link_id for each in links.values()])
    # What a parent answered is the area's team's to know: a front door would learn which of them stopped.
    asked = links if with_answers else {}
    answered = {each: await own_answers.newest_answers(connection, case_id, each) for each in asked}
    known = [*parents, *(ParentOfCase(each, None) for each in links if each not in {one.person_id for one in parents})]
    return [
        {**_parent(each, links.get(each.person_id), mails), "answered": _answered(answered.get(each.person_id, {}))}
        for each in known
    ]


def _answered(answers: Mapping[str, OwnAnswer]) -> list[str]:
    """What a parent answered last on their own page, for each purpose: whether it had an effect is on the case."""
    return [
        f"Said {'yes' if each.gives else 'no'} to {_PURPOSES[purpose]} on {day(each.answered_at)}."
        for purpose, each in sorted(answers.items(), reverse=True)
    ]


def _parent(parent: ParentOfCase, link: OwnLink | None, mails: Any) -> dict[str, Any]:
    role = (parent.role or "parent").replace("-", " ").capitalize()
    shown: dict[str, Any] = {"person_id": parent.person_id, "called": role, "key": new_key(), "link_id": None}
    if link is None:
        return {**shown, "state": "Was sent no link yet."}
    state = link.state(datetime.now(UTC))
    words = _MAILS.get(mails.get(link.link_id, ""), "") if state is LinkState.SENT else _STATES[state]
    usable = state in (LinkState.SENT, LinkState.OPENED)
    made = f"{link.made_at.day} {link.made_at:%B}"
    return {**shown, "state": words.format(made=made), "link_id": link.link_id if usable else None}
