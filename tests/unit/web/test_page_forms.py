"""What a form may be, and where somebody may be sent back to."""

from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.web.forms import Form, FormRefusedError
from shared.web.pages import Pages

URLENCODED = "application/x-www-form-urlencoded"
ORIGIN = "https://localhost:8443"


def request(content: bytes, kind: str = URLENCODED) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    return Request({"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}, receive)


@given(st.lists(st.tuples(st.text(min_size=1, max_size=8), st.text(max_size=40)), max_size=10))
async def test_a_form_gives_what_was_typed_without_the_space_around_it(pairs: list[tuple[str, str]]) -> None:
    typed = [(name, value) for name, value in pairs if "\0" not in value]
    found = await Form.of(request(urlencode(typed).encode()))
    for name, value in dict(typed).items():
        assert found.get(name) == value.replace("\r\n", "\n").strip()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"a=b", "application/json"),
        (b"a=b", "multipart/form-data"),
        (b"a=" + b"b" * 70_000, URLENCODED),
        (b"&".join(b"a=b" for _ in range(300)), URLENCODED),
        (b"a=%ff", URLENCODED),
        (b"a=%00", URLENCODED),
        ("a=ä".encode(), URLENCODED),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(content: bytes, kind: str) -> None:
    with pytest.raises(FormRefusedError):
        await Form.of(request(content, kind))


def test_a_form_without_its_key_is_refused() -> None:
    key = uuid4()
    assert Form([("key", str(key))]).key == key
    for pairs in ([], [("key", "")], [("key", "x")]):
        with pytest.raises(FormRefusedError):
            _ = Form(pairs).key


@given(st.text(max_size=60) | st.from_regex(r"[/\\]{1,3}[a-z.]{1,10}[/\\@:]{0,2}[a-z/]{0,10}", fullmatch=True))
def test_nobody_is_sent_to_another_host(path: str) -> None:
    back = Pages.way_back(None, path)  # type: ignore[arg-type]
    assert urlsplit(urljoin(ORIGIN, back)).netloc == "localhost:8443"
    assert back == "/" or back.split("/")[2] == "pages"


@pytest.mark.parametrize("path", ["/", "/referral/pages/worklist", "/referral/pages/cases/1-2?from=mail&x=%20"])
def test_our_own_pages_are_ways_back(path: str) -> None:
    assert Pages.way_back(None, path) == path  # type: ignore[arg-type]
