"""What the front door's pages have in common: who asks, what is not theirs, and the area's numbers."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.screening.handlers.forms import Author, NotThereError, SentAlreadyError
from services.screening.repository.directory import AreaHelp
from shared.access.principal import Principal
from shared.service.answers import Endpoint
from shared.service.gate import acting
from shared.web.pages import Pages

AT = "/pages/front-door"
_NO_AGENCY = (
    "Your account names no front door that is registered here. Ask whoever runs Parley in your area to put your agency "
    "into it."
)


class NoAgencyError(Exception):
    """Whoever asks is of no front door that is registered."""


def author_of(request: Request) -> Author:
    """Who asks. Raises NoAgencyError."""
    principal: Principal = request.state.visitor.principal
    if not principal.agency:
        raise NoAgencyError
    return Author(principal.agency, acting(request), principal.username)


def answering(pages: Pages) -> Callable[[Endpoint], Endpoint]:
    """Answers in words what is not there, is not theirs or was sent."""

    def wrapping(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except NotThereError as error:
                link = {"href": f"{pages.prefix}{AT}", "text": "Go to your families"}
                return await pages.problem(request, 404, "Page not found", str(error), link=link)
            except SentAlreadyError:
                return pages.to(f"{AT}/{request.path_params['id']}")
            except NoAgencyError:
                return await pages.problem(request, 403, "You are of no front door", _NO_AGENCY)

        return answered

    return wrapping


def helps_of(areas: Iterable[AreaHelp]) -> list[dict[str, Any]]:
    """Whom to call in each area, as a page shows it."""
    found = []
    for area in areas:
        numbers = [*area.numbers, *([area.signposts.specialist_support] if area.signposts else ())]
        found.append(
            {
                "area": area.name or area.area,
                "numbers": [{"name": each.name, "phone": each.phone or "", "url": each.url or ""} for each in numbers],
                "first": area.signposts.universal_offer.name if area.signposts else "",
            }
        )
    return found
