"""Pages on which an area is called by its name, and not by its code."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.referral.repository import directory
from shared.web.pages import Pages


async def render(pages: Pages, request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """The page of a template that may ask `area_names` what an area is called; its code where the directory has no
    name for it.
    """
    async with pages.context.pool.acquire() as connection:
        names = await directory.all_area_names(connection)
    return await pages.render(request, template, status, area_names=names, **values)
