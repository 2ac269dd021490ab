"""A form that carries a file: its text and the other fields, and nothing that is no form of ours."""

import pytest
from starlette.requests import Request

from shared.web.forms import Form, FormRefusedError

BOUNDARY = "----parley"


def request(content: bytes, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": content, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
    return Request(scope, receive)


def part(name: str, text: bytes, more: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n'
    kind = "Content-Type: application/octet-stream\r\n" if more else ""
    return (head + kind + "\r\n").encode() + text + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


async def test_a_file_comes_as_its_text_line_by_line_with_the_fields_beside_it() -> None:
    text = "\n  areas:\n    - name: Ærlig — £5\n".encode()
    file = part("file", text, '; filename="a.yaml"')
    form = await Form.of(request(part("csrf", b" c ") + file + part("on", b"one") + part("on", b"two") + END))
    assert form.whole("file") == text.decode()
    assert (form.get("csrf"), form.all("on")) == ("c", ["one", "two"])


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing", part("file", b"\xff\xfe", '; filename="a"') + END, part("file", b"a\0b") + END],
)
async def test_what_is_no_form_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(FormRefusedError):
        await Form.of(request(content))


@pytest.mark.parametrize(("kind", "most"), [("multipart", 512 * 1024), ("urlencoded", 64 * 1024)])
async def test_a_form_is_read_up_to_its_largest_size_and_not_a_byte_beyond(kind: str, most: int) -> None:
    def of(size: int) -> Request:
        if kind == "urlencoded":
            return request(b"file=" + b"x" * (size - 5), "application/x-www-form-urlencoded")
        around = len(part("file", b"", '; filename="a"') + END)
        return request(part("file", b"x" * (size - around), '; filename="a"') + END)

    assert set((await Form.of(of(most))).whole("file")) == {"x"}
    with pytest.raises(FormRefusedError):
        await Form.of(of(most + 1))
