"""How the trainer's pages answer what cannot be done: in words."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from services.workforce.domain.errors import InvalidError, NotAllowedError, UnknownError
from shared.messaging.core.findings import findings_of
from shared.messaging.core.records import Finding
from shared.service.answers import Endpoint
from shared.service.form_keys import AlreadySentError
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems
from shared.web.pages import Pages

B = TypeVar("B", bound=BaseModel)


def answering(pages: Pages, home: str = "") -> Callable[[Endpoint], Endpoint]:
    """Answers in words what there is not, what was sent before, and what a session's state does not allow.

    `home`: the page that one goes on to; without it, the session that the request is about.
    """

    def wrapping(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            session = request.path_params.get("id")
            try:
                return await endpoint(request)
            except UnknownError as error:
                link = {"href": f"{pages.prefix}{home or '/pages/training'}", "text": "Go to the training sessions"}
                return await pages.problem(request, 404, "Page not found", str(error), link=link)
            except AlreadySentError:
                # Sent twice by a double click or after a lost answer: it is done, and counts once.
                return pages.to(home or f"/pages/training/{session}")
            except NotAllowedError as error:
                href = f"{pages.prefix}{home or f'/pages/training/{session}'}"
                link = {"href": href, "text": "Look at it as it is now"}
                text = f"Nothing was changed. {error}"
                return await pages.problem(request, 409, "This cannot be done now", text, link=link)

        return answered

    return wrapping


def read(kind: type[B], given: Mapping[str, object]) -> B:
    """The command that a form's texts give; empty ones are left out. Raises InvalidRequestError.

    A form has texts alone: numbers and codes are read from them, which a record in JSON may not leave to its reader.
    """
    try:
        return kind.model_validate({name: each for name, each in given.items() if each not in ("", [])}, strict=False)
    except ValidationError as error:
        raise InvalidRequestError(findings_of(error, kind, for_requester=True)) from None


def problems_of(error: InvalidError | InvalidRequestError, words: dict[str, str]) -> Problems:
    """What is wrong with a form, in the words of its page."""
    found = error.findings
    return Problems([each if isinstance(each, Finding) else Finding(*each) for each in found], words)
