"""A page that links to another service's page: that service serves it. Nothing else holds the two together."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from services import MANIFESTS

ROOT = Path(__file__).parents[2] / "services"
_NAMES = "|".join(manifest.name for manifest in MANIFESTS)
_LINK = re.compile(rf"""["'](/(?:{_NAMES})/pages/[^"'?#]*)""")
# What a template or an f-string puts there, in place of which any id would stand.
_PUT_IN = re.compile(r"\{\{.*?\}\}|\{[^}]*\}")
_SOME = str(UUID(int=7))
LINKS = sorted(
    {
        # Where a link ends with a slash, an id is put behind it.
        (str(file.relative_to(ROOT)), _PUT_IN.sub(_SOME, link) + (_SOME if link.endswith("/") else ""))
        for file in (*ROOT.rglob("*.html"), *ROOT.rglob("*.py"))
        for link in _LINK.findall(file.read_text(encoding="utf-8"))
    }
)


def served(path: str) -> bool:
    """Whether a service answers a GET of this path at the entrance."""
    _, name, rest = path.split("/", 2)
    requests = next(manifest.requests for manifest in MANIFESTS if manifest.name == name)

    def page(_: Request) -> Response:
        raise NotImplementedError

    routes = [Route(each.removeprefix("GET "), page) for each in requests if each.startswith("GET /pages/")]
    scope = {"type": "http", "method": "GET", "path": f"/{rest}"}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


@pytest.mark.parametrize(("file", "link"), LINKS)
def test_what_a_page_links_to_elsewhere_is_served_there(file: str, link: str) -> None:
    assert served(link), f"{file} links to {link}"


def test_there_are_links_and_one_to_nowhere_would_be_found() -> None:
    assert len(LINKS) > 3
    assert not served(f"/referral/pages/provider/referrals/{_SOME}")
