"""Our partitioner is Kafka's."""

from aiokafka.partitioner import murmur2 as kafkas
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.core.partitions import murmur2, partition_of


@given(st.binary(max_size=80))
def test_every_key_has_the_hash_that_kafka_gives_it(key: bytes) -> None:
    assert murmur2(key) == kafkas(key)


@given(st.binary(max_size=40), st.integers(min_value=1, max_value=50))
def test_a_partition_is_one_of_the_topics(key: bytes, count: int) -> None:
    assert 0 <= partition_of(key, count) < count
