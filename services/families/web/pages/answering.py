"""How the pages answer what cannot be done: in words."""

from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from services.families.domain.links import NotAllowedError
from services.families.handlers.decisions import UnknownError
from shared.contracts.families import LinkReason
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.web.pages import Pages, form_of


def answering(pages: Pages, back: Callable[[Request], str]) -> Callable[[Endpoint], Endpoint]:
    """Answers in words what there is not, and what is not possible as things are. `back`: the page that shows them."""

    def wrapping(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except UnknownError as error:
                link = {"href": f"{pages.prefix}/pages/likenesses", "text": "Families that may be one"}
                return await pages.problem(request, 404, "Page not found", str(error), link=link)
            except AlreadySentError:
                # Sent twice by a double click or after a lost answer: it is done, and counts once.
                return pages.to(back(request))
            except NotAllowedError as error:
                link = {"href": f"{pages.prefix}{back(request)}", "text": "Look at it as it is now"}
                text = f"Nothing was changed. {error}"
                return await pages.problem(request, 409, "This cannot be done now", text, link=link)

        return answered

    return wrapping


def reason_of(request: Request, reasons: frozenset[LinkReason]) -> LinkReason | None:
    """The reason that a form gives, where it is one of these."""
    given = form_of(request).get("reason")
    return next((each for each in reasons if each.value == given), None)
