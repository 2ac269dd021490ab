"""Which partition a key belongs to, by murmur2: the rule of the Java clients and of every other producer here.

aiokafka's implementation is plain Python, byte by byte; this one takes four bytes at a time and caches keys, because a
case's events come close together.
"""

import struct
from functools import lru_cache

_SEED = 0x9747B28C
_M = 0x5BD1E995
_32_BITS = 0xFFFFFFFF
_REMEMBERED = 16_384


def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key in a topic with this many partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


@lru_cache(maxsize=_REMEMBERED)
def murmur2(key: bytes) -> int:
    """Kafka's 32-bit murmur2 of the key."""
    length = len(key)
    words, rest = length >> 2, length & 3
    h = _SEED ^ length
    for k in struct.unpack_from(f"<{words}I", key):
        k = k * _M & _32_BITS
        h = h * _M & _32_BITS ^ ((k ^ k >> 24) * _M & _32_BITS)
    if rest:
        h = (h ^ int.from_bytes(key[-rest:], "little")) * _M & _32_BITS
    h = (h ^ h >> 13) * _M & _32_BITS
    return h ^ h >> 15
