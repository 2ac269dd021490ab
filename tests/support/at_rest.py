"""Everything that a stack has on disk, to search for what must not be there: none of it is asked of our own code.

Kafka's segments are read from its data folder, with what is in compressed batches; PostgreSQL's heap and write-ahead
log from its own; each row besides as text, for a large value rests compressed; and every other file of the home.
"""

import base64
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg

from deploy.stack import postgres
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE, SERVICE_NAMES
from shared.messaging.core import codecs

# A record batch (version 2): where it says how long it is, of which version and packed how; where its records begin.
_LENGTH_AT, _MAGIC_AT, _ATTRIBUTES_AT, _RECORDS_AT = 8, 16, 21, 61
_BEFORE_LENGTH = 12
_VERSION = 2
_UNPACK = {1: "gzip_decode", 2: "snappy_decode", 3: "lz4_decode", 4: "zstd_decode"}
# Offsets and times alone, and set aside in full: hundreds of megabytes of nothing.
_NUMBERS_ALONE = {".index", ".timeindex", ".snapshot"}


class Piece(NamedTuple):
    """Something on disk: what kind of thing, where, and its bytes."""

    kind: str
    where: str
    content: bytes


def pieces(stack: Stack) -> Iterator[Piece]:
    """All of it but the rows, a file or a batch at a time."""
    home, database = stack.home, postgres.folders(stack.home)
    for path in _files(home.kafka / "data"):
        yield Piece("kafka", path.name, content := path.read_bytes())
        if path.suffix == ".log" or path.name.endswith(".log.deleted"):
            yield from (Piece("kafka-batch", f"{path.parent.name}/{path.name}", each) for each in _unpacked(content))
    for path in _files(database.data):
        kind = "wal" if "pg_wal" in path.parts else "heap" if "base" in path.parts else "postgres"
        yield Piece(kind, str(path.relative_to(database.data)), path.read_bytes())
    for path in _files(home.path):
        if not path.is_relative_to(home.kafka / "data") and not path.is_relative_to(database.data):
            kind = "log" if path.is_relative_to(home.log) else "file"
            yield Piece(kind, str(path.relative_to(home.path)), path.read_bytes())


async def rows(stack: Stack) -> list[Piece]:
    """Every row of every table of every service and of the keyring, as text: bytes as the text that they are."""
    found = []
    for database in (*SERVICE_NAMES, KEYRING_DATABASE):
        connection: Any = await asyncpg.connect(stack.admin_database_url(database))
        try:
            # So that what is in memory alone is in the files too.
            await connection.execute("CHECKPOINT")
            for table in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                held = await connection.fetch(f'SELECT * FROM "{table["tablename"]}"')  # noqa: S608 - from the catalogue
                text = "\n".join(repr(tuple(row)) for row in held)
                found.append(Piece("row", f"{database}.{table['tablename']}", text.encode()))
        finally:
            await connection.close()
    return found


def found_in(places: Iterable[Piece], marks: Iterable[str]) -> set[tuple[str, str, str]]:
    """(kind, mark, where) of each mark that is somewhere: as it was written, in small letters, or in base64."""
    forms = [(mark, form) for mark in marks for form in _forms(mark)]
    return {(kind, mark, where) for kind, where, content in places for mark, form in forms if form in content}


def _forms(mark: str) -> Iterator[bytes]:
    plain = mark.encode()
    yield plain
    if plain.lower() != plain:
        yield plain.lower()
    for shift in range(3):
        # The middle of it is the same whatever stands before and after.
        encoded = base64.b64encode(b"\0" * shift + plain).rstrip(b"=")
        yield encoded[4 if shift else 0 : -1]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        # A file that ends meanwhile is not there to be found either.
        if path.is_file() and path.suffix not in _NUMBERS_ALONE:
            yield path


def _unpacked(segment: bytes) -> Iterator[bytes]:
    """The records of each batch that is compressed."""
    codecs.bound()
    at = 0
    while at + _RECORDS_AT <= len(segment):
        (length,) = struct.unpack_from(">i", segment, at + _LENGTH_AT)
        if length <= 0 or segment[at + _MAGIC_AT] != _VERSION:
            return  # What follows was set aside and is not written yet.
        end = at + _BEFORE_LENGTH + length
        (attributes,) = struct.unpack_from(">h", segment, at + _ATTRIBUTES_AT)
        if name := _UNPACK.get(attributes & 7):
            # What is damaged, or larger than any service reads, was put there by a test of that: nobody can unpack it.
            with suppress(codecs.BatchTooLargeError):
                yield codecs._DECODERS[name](segment[at + _RECORDS_AT : end])
        at = end
