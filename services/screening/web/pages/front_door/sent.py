"""A form as a whole: what of a draft is done and open; of what was sent what became of it, and its corrections."""

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.form.guidance import Change, label_of
from services.screening.domain.form.questions import Screen, one, people_of, screens_of
from services.screening.handlers import forms as handlers
from services.screening.handlers.contacts import NO_CASE
from services.screening.handlers.contacts import NotThereError as NoCaseError
from services.screening.handlers.forms import CHANGES, Author, OpenForm
from services.screening.repository.contacts import belonging
from services.screening.web.pages.front_door import shown
from services.screening.web.pages.front_door.sending import open_pages, sections_of
from services.screening.web.pages.front_door.shared import AT, answering, author_of
from services.screening.web.pages.words import DECISIONS
from shared.contracts.next_steps import steps_after_screening
from shared.contracts.vocabulary import Decision, Reason
from shared.service.gate import check_reach
from shared.service.recording import concerns
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_REFRESH_S = 5
_LONG_S = 60


def routes(pages: Pages) -> list[Route]:
    """GET /pages/front-door/{id}, POST …/correct; GET /pages/cases/{id}/changes."""

    @pages.guarded
    @answering(pages)
    async def form(request: Request) -> Response:
        author = author_of(request)
        found = await handlers.opened(pages.context, author, request.path_params["id"])
        return await (_draft if found.row.sent_at is None else _sent)(pages, request, author, found)

    @pages.guarded
    @answering(pages)
    async def correct(request: Request) -> Response:
        author, form_id = author_of(request), request.path_params["id"]
        made = await handlers.correct(pages.context, author, form_id, form_of(request).key)
        return pages.to(f"{AT}/{made}")

    @pages.guarded
    @answering(pages)
    async def changed(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        try:
            await check_reach(request, pages.context.pool, partial(belonging, case_id=case_id), NoCaseError(NO_CASE))
        except NoCaseError as error:
            return await pages.problem(request, 404, "Page not found", str(error))
        concerns(request, cases=[case_id])
        found = await handlers.changes_of_case(pages.context, case_id)
        return await pages.render(
            request,
            "changes.html",
            title="What was corrected",
            case_id=case_id,
            forms=[
                {"sent_at": each.row.sent_at, "corrects": _corrects(each), "changed": changed_in(each)}
                for each in found
            ],
        )

    return [
        Route(f"{AT}/{{id:uuid}}", form),
        Route(f"{AT}/{{id:uuid}}/correct", correct, methods=["POST"]),
        Route("/pages/cases/{id:uuid}/changes", changed),
    ]


async def _draft(pages: Pages, request: Request, author: Author, form: OpenForm) -> Response:
    still = await open_pages(pages, author, form)
    at = f"{pages.prefix}{AT}/{form.row.form_id}"
    tasks = [
        {
            "text": shown.title_of(
                screen.first, shown.name_of(form.pages, screen.first.number) if screen.first.kind.of == "parent" else ""
            ),
            "href": f"{at}/ask/{screen.name}",
            "state": _state(screen, form, still),
        }
        for screen in screens_of(*people_of(form.pages.get("people", {})))
    ]
    return await pages.render(
        request,
        "draft.html",
        title="Your draft",
        at=at,
        home=f"{pages.prefix}{AT}",
        family_ref=one(form.pages.get("family", {}), "family_ref"),
        corrects=form.row.supersedes is not None,
        tasks=tasks,
        open=len(still),
        saved_at=form.row.saved_at,
        until=form.row.expires_at,
        on=next((each["href"] for each in tasks if each["state"] != "done"), f"{at}/look/parent-1"),
    )


def _state(screen: Screen, form: OpenForm, still: Collection[str]) -> str:
    if not any(page.name in still for page in screen.pages):
        return "done"
    return "begun" if form.pages.get(screen.name) else "to-do"


async def _sent(pages: Pages, request: Request, author: Author, form: OpenForm) -> Response:
    form_id = form.row.form_id
    decided = (await handlers.decided(pages.context, author.agency, [form_id])).get(form_id)
    _, areas = await handlers.front_door(pages.context, author.agency)
    signposts = next((each.signposts for each in areas if each.area == form.row.area), None)
    parents, _ = people_of(form.pages.get("people", {}))
    at = f"{pages.prefix}{AT}/{form_id}"
    steps: list[dict[str, Any]] = []
    if decided:
        concerns(request, cases=[decided["case_id"]])
        known = [Reason(each) for each in decided["reasons"] if each in set(Reason)]
        found = steps_after_screening(Decision(decided["decision"]), known, signposts, one_parent=parents == 1)
        steps = [{"text": each.text, "name": each.name, "phone": each.phone, "url": each.url} for each in found]
    corrected = await handlers.corrected_by(pages.context, author.agency, form_id)
    waited = (pages.context.clock.now() - form.row.sent_at).total_seconds() if form.row.sent_at else 0
    response = await pages.render(
        request,
        "sent.html",
        title=DECISIONS[decided["decision"]][0] if decided else "Your screening is under way",
        at=at,
        home=f"{pages.prefix}{AT}",
        family_ref=one(form.pages.get("family", {}), "family_ref"),
        means=DECISIONS[decided["decision"]][1] if decided else "",
        urgent=decided is not None and decided["decision"] == Decision.DOMESTIC_ABUSE_PATHWAY,
        taken_back=decided is not None and decided["taken_back"],
        known=bool(decided),
        late=not decided and waited > _LONG_S,
        steps=steps,
        sent_at=form.row.sent_at,
        corrected=f"{pages.prefix}{AT}/{corrected}" if corrected else "",
        corrects=f"{pages.prefix}{AT}/{form.row.supersedes}" if form.row.supersedes else "",
        changed=changed_in(form),
        looks=[{"text": _part(form, each), "href": f"{at}/look/{each}"} for each in sections_of(form)],
        key=new_key(),
    )
    if not decided:
        # A header and no script: the page comes again by itself until there is a decision.
        response.headers["Refresh"] = str(_REFRESH_S)
    return response


def _part(form: OpenForm, section: str) -> str:
    of, _, number = section.partition("-")
    return shown.section_title(section, shown.name_of(form.pages, int(number)) if of == "parent" else "")


def changed_in(form: OpenForm) -> list[dict[str, Any]]:
    """Which answers a correction changed, by whom they are about: each parent's by themselves, and never how."""
    found: dict[str, dict[str, None]] = {}
    for each in form.pages.get(CHANGES, {}).get("changed", ()):
        page, _, question = each.partition("/")
        change = Change(page, question)
        found.setdefault(_whose(page), {})[label_of(change)] = None
    return [{"whose": whose, "labels": list(labels)} for whose, labels in found.items()]


def _whose(page: str) -> str:
    of, _, rest = page.partition("-")
    return f"{of.title()} {rest.partition('-')[0]}" if of in ("parent", "child") else "The family"


def _corrects(form: OpenForm) -> bool:
    return form.row.supersedes is not None
