"""What stands around every route of a service: headers, and refusals of what no route answers."""

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.service.answers import Json, problem
from shared.service.serve import application
from shared.service.settings import ServiceSettings


async def answered(_request: Request) -> Response:
    return Json({"name": "somebody"})


async def refused(_request: Request) -> Response:
    return problem(404, "It is not there.")


async def kept(_request: Request) -> Response:
    return Response("", headers={"Cache-Control": "public, max-age=86400"})


async def broken(_request: Request) -> Response:
    raise ValueError("Ada Osei, 1 High Street")


APP = application(
    ServiceSettings(),
    routes=[Route("/", answered), Route("/refused", refused), Route("/kept", kept), Route("/broken", broken)],
)


@pytest.mark.parametrize(
    ("method", "path", "status", "kept_for"),
    [
        ("GET", "/", 200, "no-store"),
        ("GET", "/refused", 404, "no-store"),
        ("GET", "/nowhere", 404, "no-store"),
        ("POST", "/", 405, "no-store"),
        ("TRACE", "/", 405, "no-store"),
        ("GET", "/broken", 500, "no-store"),
        ("GET", "/kept", 200, "public, max-age=86400"),
    ],
)
async def test_no_answer_is_kept_on_its_way_or_taken_for_something_else(
    method: str, path: str, status: int, kept_for: str
) -> None:
    transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answer = await http.request(method, path)
    assert (answer.status_code, answer.headers.get("cache-control")) == (status, kept_for)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Ada" not in answer.text
    if status in (404, 405):
        assert answer.json()["detail"]


async def test_a_host_that_is_none_of_ours_is_refused_in_the_same_way() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://elsewhere.example") as http:
        answer = await http.get("/")
    assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
