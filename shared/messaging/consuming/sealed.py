"""Opens records that a party outside has sealed, before anything else is made of them."""

from collections.abc import Callable
from pathlib import Path

from shared.messaging.core.records import Finding, Record, RejectedError
from shared.privacy.sealed_records import CONTENT_TYPE, CannotOpenRecordError, RecordKeys

Open = Callable[[Record], Record]
_HEADER = "content-type"


def opener(keys_file: Path | None) -> Open:
    """Returns what a sealed record holds as a record in its place, and any other record as it is.

    A record is sealed where its header `content-type` says so. What cannot be opened raises RejectedError, as any other
    rule that a record breaks.
    """
    keys = RecordKeys(keys_file) if keys_file else None

    def opened(record: Record) -> Record:
        if not any(name.lower() == _HEADER and _is_jose(value) for name, value in record.headers):
            return record
        if keys is None:
            raise RejectedError([Finding("value", "must not be sealed: this service has no key to open it with")])
        try:
            value = keys.open(record.value or b"")
        except CannotOpenRecordError as error:
            raise RejectedError([Finding("value", str(error))]) from None
        headers = tuple(header for header in record.headers if header[0].lower() != _HEADER)
        return record._replace(value=value, headers=headers)

    return opened


def _is_jose(value: bytes | None) -> bool:
    return (value or b"").split(b";")[0].strip().lower() == CONTENT_TYPE.encode()
