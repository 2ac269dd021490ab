"""GET /api/v1/outcomes/releases: what was published for good, each with its hash, what made it, and its files."""

import asyncio
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.publication.released import described
from services.outcomes.repository.publications.reading import Release, releases
from services.outcomes.web.api.addresses import RELEASES_PATH, file_at, release_at
from services.outcomes.web.api.damaged import refusing_damage
from shared.service.answers import Json, problem
from shared.service.described import describes
from shared.service.gate import check_area, guarded, reach_of

_NO_RELEASE = f"There is no such release. {RELEASES_PATH} lists them."
_ANY = "*/*"


def routes(publications: Path | None) -> list[Route]:
    """The list, a release, and its files.

    Files are of all areas, so whoever has areas of their own gets none, as with the report's tables.
    """

    @guarded
    @describes()
    @refusing_damage
    async def every(_request: Request) -> Response:
        found = await asyncio.to_thread(releases, publications)
        items = [_short(name, described(each.document)) for name, each in found.items()]
        return Json({"items": items})

    @guarded
    @describes()
    @refusing_damage
    async def one(request: Request) -> Response:
        found = (await asyncio.to_thread(releases, publications)).get(request.path_params["id"])
        if found is None:
            return problem(404, _NO_RELEASE)
        reach = reach_of(request)
        files = await asyncio.to_thread(_files, found) if reach.everywhere else []
        return Json({**described(found.document, reach.whole_areas), "files": files})

    @guarded
    @describes(answers=_ANY)
    @refusing_damage
    async def file(request: Request) -> Response:
        if reach_of(request).whole_areas is not None:
            check_area(request, ALL)
        found = (await asyncio.to_thread(releases, publications)).get(request.path_params["id"])
        if found is None:
            return problem(404, _NO_RELEASE)
        chosen = found.files().get(request.path_params["name"])
        if chosen is None:
            return problem(404, f"There is no such file. {release_at(found.folder.name)} lists them.")
        headers = {
            "Content-Disposition": f'attachment; filename="{chosen.name}"',
            "Cache-Control": "no-store",
            "ETag": f'"{found.document["sha256"]}"',
            "X-Content-Type-Options": "nosniff",
        }
        content = await asyncio.to_thread(chosen.path.read_bytes)
        return Response(content, media_type=chosen.media_type, headers=headers)

    return [
        Route(RELEASES_PATH, every),
        Route(f"{RELEASES_PATH}/{{id}}", one),
        Route(f"{RELEASES_PATH}/{{id}}/files/{{name}}", file),
    ]


_LONG = frozenset({"tables", "versions"})


def _short(name: str, about: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in about.items() if key not in _LONG}, "href": release_at(name)}


def _files(release: Release) -> list[dict[str, Any]]:
    return [{**each.described(), "href": file_at(release.folder.name, name)} for name, each in release.files().items()]
