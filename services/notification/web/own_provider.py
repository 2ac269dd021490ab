"""What is a provider's own, in whichever area: its keys, its webhook."""

from starlette.requests import Request
from starlette.responses import Response

from shared.access.scopes import Belonging
from shared.service.answers import problem
from shared.service.gate import covers, reach_of


def reaches(request: Request) -> bool:
    """Whether the provider of the path is within the caller's reach."""
    provider = request.path_params["provider"]
    return covers(request, Belonging.of(reach_of(request).areas, provider=provider))


def no_such_provider() -> Response:
    """The answer for one that is not, or that is not registered."""
    return problem(404, "There is no such provider.")
