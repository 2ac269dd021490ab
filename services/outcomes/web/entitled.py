"""Who gets every count of an area: whoever works with its families, and not whoever publishes or compares."""

from collections.abc import Sequence

from starlette.requests import Request

from shared.access.roles import Role
from shared.access.scopes import Belonging
from shared.access.table import roles_for


def sees_every_count(request: Request, areas: Sequence[str]) -> bool:
    """Whether whoever asks administers all these areas, and so gets their counts as they are."""
    return bool(areas) and all(
        Role.AREA_ADMINISTRATOR in roles_for(request.state.caller, request.state.action, Belonging.of([area]))
        for area in areas
    )
