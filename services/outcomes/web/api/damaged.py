"""Where a publication's folder is not what was published, nobody reads a number from it."""

from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from services.outcomes.domain.publication.content import DamagedPublicationError
from shared.service.answers import Endpoint, problem


def refusing_damage(endpoint: Endpoint) -> Endpoint:
    """Answers 503, and which publication it is, where one was changed after it was published."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except DamagedPublicationError as error:
            return problem(503, f"{error}. Whoever runs this service has to put it back as it was.")

    return answered
