"""Kafka's codecs, bounded: what a batch unpacks to is limited, whoever wrote it.

A broker measures a batch as it is sent, compressed. A party outside could send one of a megabyte that unpacks to
gigabytes, and a client library unpacks it before anybody can look at a record.
"""

import gzip
import io
import struct
import sys
from collections.abc import Callable

import cramjam
from aiokafka.codec import _detect_xerial_stream
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.legacy_records import LegacyRecordBatch

# A producer's batch is a megabyte before it is compressed, by every client's defaults.
LARGEST_BATCH = 16 * 1024 * 1024
_XERIAL_HEADER = 16


class BatchTooLargeError(ValueError):
    """A batch unpacks to more than anybody who keeps to the contract sends."""


def bound() -> None:
    """Has the client library unpack by the functions below. For the whole process."""
    for kind in (DefaultRecordBatch, LegacyRecordBatch):
        module = sys.modules[kind.__module__]
        for name, decode in _DECODERS.items():
            if hasattr(module, name):
                setattr(module, name, decode)


def _gzip(payload: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(payload), mode="r") as file:
        data = file.read(LARGEST_BATCH + 1)
    if len(data) > LARGEST_BATCH:
        raise BatchTooLargeError
    return data


def _into(unpack: Callable[[bytes, bytearray], int], payload: bytes) -> bytes:
    # Memory of the system that is never written to is never taken.
    room = bytearray(LARGEST_BATCH)
    try:
        length = unpack(bytes(payload), room)
    except cramjam.DecompressionError as error:
        # Without room it says so, and so it does for what is damaged: neither can be used.
        raise BatchTooLargeError from error
    return bytes(memoryview(room)[:length])


def _lz4(payload: bytes) -> bytes:
    return _into(cramjam.lz4.decompress_into, payload)


def _zstd(payload: bytes) -> bytes:
    return _into(cramjam.zstd.decompress_into, payload)


def _snappy(payload: bytes) -> bytes:
    if not _detect_xerial_stream(payload):
        return _snappy_blocks([bytes(payload)])
    # As Java's clients frame it: blocks with their length before each.
    rest = memoryview(payload)[_XERIAL_HEADER:]
    blocks = []
    while rest:
        (length,) = struct.unpack_from("!i", rest)
        if not 0 < length <= len(rest) - 4:
            raise ValueError("a block of no length")  # it would never come to an end
        blocks.append(bytes(rest[4 : 4 + length]))
        rest = rest[4 + length :]
    return _snappy_blocks(blocks)


def _snappy_blocks(blocks: list[bytes]) -> bytes:
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > LARGEST_BATCH:
        raise BatchTooLargeError
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip_decode": _gzip,
    "lz4_decode": _lz4,
    "snappy_decode": _snappy,
    "zstd_decode": _zstd,
}
