"""The messages that a provider and an area's team write each other about a family, while the provider has it."""

from starlette.requests import Request
from starlette.routing import Route

from services.referral.domain.deciders.messages import ThreadClosedError, goes_on
from services.referral.repository.messages import Parties
from services.referral.web import threads
from services.referral.web.provider.answering import answering
from services.referral.web.provider.reading import called, referral_of
from services.referral.web.threads import Shown
from shared.web.pages import Pages

_WARNING = (
    "This is no place for a sign of abuse, or a suspicion of one. Report a safety concern on the referral's page "
    "instead: all work then stops."
)


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/referrals/{referral}/messages, and POST …/read."""
    return threads.routes(pages, "/pages/referrals/{referral:uuid}/messages", _shown, answering(pages))


async def _shown(pages: Pages, request: Request) -> Shown:
    shown = await referral_of(pages.context, request)
    if not goes_on(shown):
        # The same for every reason, and for what was written before.
        raise ThreadClosedError
    return Shown(
        parties=Parties(shown.case_id, None, shown.referral_id, shown.provider),
        title="Messages with the area's team",
        caption=called(shown),
        at=f"/pages/referrals/{shown.referral_id}/messages",
        back=f"/pages/referrals/{shown.referral_id}",
        back_text=called(shown),
        lead="The area's coordinators read this, and your colleagues. The front door and the parents do not.",
        warning=_WARNING,
        parents={each.person_id: each.called for each in shown.parents},
        for_area=False,
    )
