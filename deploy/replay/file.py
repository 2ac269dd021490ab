"""Reads a file of records to replay: one JSON object `{"topic", "key", "value"}` on each line.

The value is an agency's record as text. It may be broken on purpose, so it is not parsed here.
"""

import gzip
import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.stack.errors import ParleyError
from services import TOPOLOGY

_FIELDS = ("topic", "key", "value")


@dataclass(frozen=True, slots=True)
class Submission:
    """A record, and the agency whose topic it is for."""

    agency: str
    topic: str
    key: bytes
    value: bytes


def read_submissions(path: Path, agencies: Collection[str]) -> list[Submission]:
    """The records of a file (plain, or gzip if its name ends in .gz), in file order.

    Raises `ParleyError` naming the first line that is not a record for the topic of one of the agencies.
    """
    owners = {TOPOLOGY.agency_topics(agency)[0].name: agency for agency in agencies}
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (OSError, EOFError) as error:
        raise ParleyError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.") from error
    submissions: list[Submission] = []
    # Only a line feed ends a line: JSON text may hold the other characters that Unicode calls line ends.
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            where = f"{path} line {number}"
            submissions.append(_submission(_record(line, where), owners, where))
    if not submissions:
        raise ParleyError(f"{path} holds no records. Each line is one: {_example()}.")
    return submissions


def _record(line: bytes, where: str) -> dict[str, str]:
    try:
        record: Any = json.loads(line)
    except ValueError:
        raise ParleyError(f"{where} is not JSON. Each line is one record: {_example()}.") from None
    if not isinstance(record, dict) or set(record) != set(_FIELDS):
        raise ParleyError(f"{where} must be an object of exactly {', '.join(_FIELDS)}.")
    for field in _FIELDS:
        if not isinstance(record[field], str):
            raise ParleyError(f"{where}: {field} must be text.")
    return record


def _submission(record: dict[str, str], owners: dict[str, str], where: str) -> Submission:
    agency = owners.get(record["topic"])
    if agency is None:
        raise ParleyError(
            f"{where}: no agency of the directory owns the topic {record['topic']!r}. Register the agency with "
            "`parley directory apply`, or take the line out. Nothing was published."
        )
    try:
        return Submission(agency, record["topic"], record["key"].encode(), record["value"].encode())
    except UnicodeEncodeError:
        # Half of a surrogate pair: JSON can express it, UTF-8 cannot.
        raise ParleyError(f"{where}: key or value holds a character that can't be sent as UTF-8.") from None


def _example() -> str:
    return '{"topic": "front-door.<agency>.screenings", "key": "…", "value": "…"}'
