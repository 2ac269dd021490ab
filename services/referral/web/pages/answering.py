"""How a page of a case answers what cannot be done: in words, with what happened meanwhile."""

from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.commands import ConflictError
from services.referral.handlers.errors import NotThereError
from services.referral.web.pages import words
from services.referral.web.pages.reading import happened_since
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.web.pages import Pages, form_of


def answering(pages: Pages) -> Callable[[Endpoint], Endpoint]:
    """Answers in words what a case does not allow, with what happened since its page was shown."""

    def wrapping(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except NotThereError as error:
                return await pages.problem(request, 404, "Page not found", str(error), link=_worklist(pages))
            except AlreadySentError:
                # Sent twice by a double click or after a lost answer: it is done, and counts once.
                return pages.to(f"/pages/cases/{request.path_params['id']}")
            except (NotAllowedError, ConflictError) as error:
                happened = await happened_since(pages.context, request.path_params["id"], form_of(request).get("seen"))
                link = {
                    "href": f"{pages.prefix}/pages/cases/{request.path_params['id']}",
                    "text": "Look at the case as it is now",
                }
                title = "Somebody was quicker" if happened else "This cannot be done now"
                text = _in_words(error)
                return await pages.problem(request, 409, title, text, happened=happened, link=link)

        return answered

    return wrapping


def _in_words(error: NotAllowedError | ConflictError) -> str:
    if isinstance(error, NotAllowedError):
        return f"Nothing was changed. The case is now {words.state(error.state).lower()}, and that does not allow it."
    return f"Nothing was changed. {error}"


def _worklist(pages: Pages) -> dict[str, str]:
    return {"href": f"{pages.prefix}/pages/worklist", "text": "Go to the worklist"}
