"""What a page's form sends: small, plain, and each with a key that tells a second sending from a second wish."""

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import TypeVar
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.messaging.core.findings import findings_of
from shared.messaging.core.records import Finding
from shared.service.requests import InvalidRequestError

_LARGEST_BYTES = 64 * 1024
_MOST_FIELDS = 200
_KIND = "application/x-www-form-urlencoded"
_WITH_FILE = "multipart/form-data"
_LARGEST_WITH_FILE_BYTES = 512 * 1024
B = TypeVar("B", bound=BaseModel)


class FormRefusedError(Exception):
    """What was sent is not a form of ours."""


class Form:
    """The fields of a form, each with its values in order; texts without space around them."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        self._whole = dict(pairs)
        for name, value in pairs:
            # A browser ends a line of a text area with two characters.
            self._values.setdefault(name, []).append(value.replace("\r\n", "\n").strip())

    @classmethod
    async def of(cls, request: Request) -> "Form":
        """Reads the form of a request, a file in it as its text in UTF-8. Raises FormRefusedError."""
        kind = request.headers.get("content-type", "")
        name = kind.partition(";")[0].strip().lower()
        if name not in (_KIND, _WITH_FILE):
            raise FormRefusedError
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > (_LARGEST_BYTES if name == _KIND else _LARGEST_WITH_FILE_BYTES):
                raise FormRefusedError
        try:
            pairs = _parts(kind, bytes(content)) if name == _WITH_FILE else _pairs(bytes(content))
        except ValueError:
            raise FormRefusedError from None
        if any("\0" in value for _, value in pairs):
            raise FormRefusedError
        return cls(pairs)

    def get(self, name: str) -> str:
        """The field's last value; empty where there is none."""
        return self._values.get(name, [""])[-1]

    def whole(self, name: str) -> str:
        """A text with the space around it, such as a file's; empty where there is none."""
        return self._whole.get(name, "").replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """All values of a field, without empty ones."""
        return [value for value in self._values.get(name, []) if value]

    def sentences(self) -> list[str]:
        """What somebody wrote in their own words."""
        return [value for values in self._values.values() for value in values if " " in value]

    @property
    def key(self) -> UUID:
        """The form's own key: whoever sends it again sends the same. Raises FormRefusedError without one."""
        try:
            return UUID(self.get("key"))
        except ValueError:
            raise FormRefusedError from None

    def read(self, kind: type[B], **given: object) -> B:
        """The command that these values give; empty ones are left out. Raises InvalidRequestError."""
        try:
            return kind.model_validate({name: value for name, value in given.items() if value not in ("", [], None)})
        except ValidationError as error:
            raise InvalidRequestError(findings_of(error, kind, for_requester=True)) from None


def _pairs(content: bytes) -> list[tuple[str, str]]:
    text = content.decode("ascii")
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)


def _parts(kind: str, content: bytes) -> list[tuple[str, str]]:
    """The fields of a form with a file (RFC 7578). Raises ValueError where it is none."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + content)
    parts = message.get_payload()
    if not isinstance(parts, list) or len(parts) > _MOST_FIELDS:
        raise ValueError("it has no parts")
    return [_field(part) for part in parts if isinstance(part, Message)]


def _field(part: Message) -> tuple[str, str]:
    name = part.get_param("name", header="content-disposition")
    content = part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(content, bytes):
        raise ValueError("it is not a field")
    return name, content.decode("utf-8-sig")


def new_key() -> str:
    """The key of a form that is shown."""
    return str(uuid4())


class Problems:
    """What is wrong with a form, in words, for the summary at the top and beside each field."""

    def __init__(self, findings: Sequence[Finding] = (), words: Mapping[str, str] | None = None) -> None:
        """`words`: what to say of a field, where the rule's own words would not be understood."""
        known = words or {}
        self._texts: dict[str, str] = {
            finding.field.partition(".")[0]: known.get(
                finding.field.partition(".")[0], f"{finding.field} {finding.rule}"
            )
            for finding in findings
        }

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> "Problems":
        """What is wrong by field, in the words that are shown."""
        problems = cls()
        problems._texts = dict(texts)
        return problems

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._texts.items())

    def of(self, field: str) -> str:
        """What is wrong with one field; empty where nothing is."""
        return self._texts.get(field, "")
