"""Services find a cluster of several brokers."""

from faststream.kafka import KafkaBroker

from shared.messaging.core.connection import aiokafka_security, bootstrap_servers
from shared.service.settings import ServiceSettings


def test_each_of_several_brokers_is_an_address_of_its_own() -> None:
    settings = ServiceSettings(kafka_bootstrap="one:9092, two:9093,three:9094")

    assert bootstrap_servers(settings) == ["one:9092", "two:9093", "three:9094"]
    assert aiokafka_security(settings)["bootstrap_servers"] == ["one:9092", "two:9093", "three:9094"]
    broker = KafkaBroker(bootstrap_servers(settings))
    assert broker._connection_kwargs["bootstrap_servers"] == ["one:9092", "two:9093", "three:9094"]
