"""Kafka's compression codecs with a limit on the size of an unpacked batch, whoever wrote it.

A broker limits the compressed size of a batch. An outside party could send one megabyte that unpacks to gigabytes, and
the client library unpacks a batch before our code sees any record.
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

# By default every client limits a batch to a megabyte before compression.
LARGEST_BATCH = 16 * 1024 * 1024
_XERIAL_HEADER = 16


class BatchTooLargeError(ValueError):
    """A batch unpacks to more than any sender that follows the contract produces."""


def bound() -> None:
    """Replaces the client library's decompression functions with the limited ones below, for the whole process."""
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
    # The operating system does not allocate pages that are never written to.
    room = bytearray(LARGEST_BATCH)
    try:
        length = unpack(bytes(payload), room)
    except cramjam.DecompressionError as error:
        # Raised both for a batch that exceeds the buffer and for damaged data: neither can be used.
        raise BatchTooLargeError from error
    return bytes(memoryview(room)[:length])


def _lz4(payload: bytes) -> bytes:
    return _into(cramjam.lz4.decompress_into, payload)


def _zstd(payload: bytes) -> bytes:
    return _into(cramjam.zstd.decompress_into, payload)


def _snappy(payload: bytes) -> bytes:
    if not _detect_xerial_stream(payload):
        return _snappy_blocks([bytes(payload)])
    # The framing of the Java clients: length-prefixed blocks.
    rest = memoryview(payload)[_XERIAL_HEADER:]
    blocks = []
    while rest:
        (length,) = struct.unpack_from("!i", rest)
        if not 0 < length <= len(rest) - 4:
            raise ValueError("invalid block length")  # the loop would never end
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
