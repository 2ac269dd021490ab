"""A case on one page: what waits, the family in codes, offers with why not, timeline, consents and notes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.states import State, Trigger
from services.referral.domain.case.transitions import allows
from services.referral.web.pages import words, wrap_around
from services.referral.web.pages.answering import answering
from services.referral.web.pages.asked import ASKED
from services.referral.web.pages.reading import case_of, offers_to_choose
from services.referral.web.views import views_of
from shared.service.gate import acting
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages

_CHANGES = {"better": "better", "same": "the same", "worse": "worse", "not-said": "did not say"}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/cases/{id}."""

    @pages.guarded
    @answering(pages)
    async def show(request: Request) -> Response:
        return await show_case(pages, request)

    return [Route("/pages/cases/{id:uuid}", show)]


async def show_case(pages: Pages, request: Request, problems: Problems | None = None, text: str = "") -> Response:
    """The page of a case; after a form that could not be taken, with what is wrong and what was typed."""
    case, found = await case_of(pages.context, request, with_messages=True)
    return await pages.render(
        request,
        "case.html",
        422 if problems else 200,
        title=f"Family {case.family_ref}",
        words=words,
        me=acting(request),
        may_agree=allows(State(case.state), Trigger.AGREE),
        choices=offers_to_choose(found["offers"]),
        actions=[
            *({"name": asked.name, "title": asked.title} for asked in ASKED if asked.fits(case)),
            *([{"name": "wrap-around", "title": wrap_around.TITLE}] if wrap_around.fits(case) else ()),
            {"name": "conflicts", "title": "Withhold it from members of the panel"},
            {"name": "step-ups", "title": "Step up to children's social care, and back"},
        ],
        problems=problems or Problems(),
        typed=text,
        new_key=new_key,
        views=await views_of(pages.context, case.case_id, found["people"], _CHANGES),
        **found,
    )
