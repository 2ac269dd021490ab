"""Who is let in to a parent's own pages, and how these look: as nobody's pages, with a way out on each.

Whatever goes wrong is answered in the same plain words, without a way to staff's pages.
"""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.notification.handlers.own_links import OwnLinks
from services.notification.repository.own_links import OwnSession
from shared.access.scopes import EVERYWHERE
from shared.audit.entry import Access, Outcome, Subjects
from shared.messaging.core.envelope import new_id
from shared.postgres.row_reach import reading_within
from shared.privacy.unwrapping import unwrapping_for
from shared.service.answers import Endpoint
from shared.service.limits import Limit
from shared.web.browser import Browser
from shared.web.forms import Form
from shared.web.pages import Pages
from shared.web.without_account import WithoutAccount

ACTION = "own-pages.use"
"""What these requests are in the audit. It is no action of the table of access: nobody has it by a role."""

# So many forms at once from one address, then one every so often: an office or a library sends more than one person.
_AT_ONCE, _EVERY_S = 20, 15.0


class OwnPages(WithoutAccount):
    """The pages that a one-time link opens."""

    def __init__(self, pages: Pages, links: OwnLinks) -> None:
        super().__init__(pages, Limit(_AT_ONCE, _EVERY_S))
        self.links = links

    def by_link(self, endpoint: Endpoint) -> Endpoint:
        """Lets in whoever opened a link in this browser, and records what they asked for before they see it."""

        async def admitted(request: Request) -> Response:
            browser = Browser.of(request)
            session = await self.links.whose(browser.session)
            if session is None:
                return await self.problem(request, 403, "This page has closed", _CLOSED)
            request.state.own, request.state.browser = session, browser
            if request.method == "POST":
                request.state.form = await self.form_of(request, browser)
            with unwrapping_for(ACTION, str(session.person_id)):
                response = await endpoint(request)
            await self._record(request, session, response)
            return response

        return self.answering(admitted)

    async def render(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page of the browser that was let in."""
        return await self.render_for(request, request.state.browser, template, status, **values)

    async def _record(self, request: Request, session: OwnSession, response: Response) -> None:
        access = Access(
            who=f"person/{session.person_id}",
            action=ACTION,
            request=f"{request.method} {request.scope['route'].path}",
            outcome=Outcome.ALLOWED if response.status_code < 400 else Outcome.INVALID,
            correlation_id=new_id(),
            subjects=Subjects.of(cases=[session.case_id], persons=[session.person_id]),
        )
        with reading_within(EVERYWHERE):
            await request.app.state.recorder.record(access)


def own_of(request: Request) -> OwnSession:
    """Whose the pages are that a request asks for."""
    found: OwnSession = request.state.own
    return found


def own_form(request: Request) -> tuple[Form, UUID]:
    """The form of a request that was let in, and its key."""
    form: Form = request.state.form
    return form, form.key


_CLOSED = (
    "A page closes when it is not used for 20 minutes, and after an hour. If you want to come back, ask for a new link "
    "from whoever gave you the last one."
)
