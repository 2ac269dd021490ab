"""Every metric of the event core, with its meaning. A service's process serves them at /metrics.

FastStream's middleware adds metrics for each subscription, and `shared.service.alarms` updates the counts that come
from the database whenever the metrics are read.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge

REGISTRY = CollectorRegistry()

KAFKA_REFUSED = Gauge(
    "parley_kafka_refused",
    "1 while Kafka does not let this service in: its credential was refused, or the broker is not the one it trusts",
    registry=REGISTRY,
)
KEYS_UNWRAPPED = Counter(
    "parley_keys_unwrapped",
    "Data keys that this service unwrapped, by what for: a subscription, a right, or work of its own",
    ["purpose"],
    registry=REGISTRY,
)
KEYS_WAITED_FOR = Counter(
    "parley_keys_waited_for_seconds",
    "Seconds for which work waited because the service had unwrapped as many data keys as it may in a minute",
    registry=REGISTRY,
)
KEYS_REFUSED = Counter(
    "parley_keys_refused",
    "Data keys that were refused because the service had unwrapped as many as it may in a minute. An alarm",
    ["purpose"],
    registry=REGISTRY,
)
FETCHES_FAILED = Counter(
    "parley_fetches_failed",
    "Fetches of a partition that could not be unpacked or were refused",
    ["subscription"],
    registry=REGISTRY,
)
OWN_DEAD_LETTERS = Counter(
    "parley_own_dead_letters",
    "Dead letters of our own making: of an event of ours, or by an error of ours. Each is an alarm",
    ["subscription"],
    registry=REGISTRY,
)
RECORDS_NOT_KEPT = Counter(
    "parley_dead_letters_without_record",
    "Dead letters whose record could not be sealed and has to be read again from its topic",
    ["subscription"],
    registry=REGISTRY,
)
REJECTED_WITHOUT_EFFECT = Counter(
    "parley_rejected_without_effect",
    "Rejected records whose certain parts could not take effect",
    ["subscription"],
    registry=REGISTRY,
)
PAUSED = Gauge(
    "parley_subscription_paused",
    "1 while a subscription is paused after too many dead letters of our own making",
    ["subscription"],
    registry=REGISTRY,
)
OPEN_DEAD_LETTERS = Gauge(
    "parley_dead_letters_open",
    "Dead letters that wait for an operator; `own` are events of ours, and an alarm",
    ["kind"],
    registry=REGISTRY,
)
WAITING_ROWS = Gauge(
    "parley_rows_waiting",
    "Outbox rows that wait for the relay, and set-aside rows that wait for an operator",
    ["where"],
    registry=REGISTRY,
)
ALARMS = Gauge("parley_alarms", "Problems that an operator must look at now, as /status lists them", registry=REGISTRY)
SET_ASIDE = Counter(
    "parley_outbox_rows_set_aside",
    "Outbox rows that are too large to be sent and wait for an operator",
    ["topic"],
    registry=REGISTRY,
)
UNREADABLE_PARTITIONS = Gauge(
    "parley_unreadable_partitions",
    "Partitions that cannot be fetched at present; their records wait",
    ["subscription"],
    registry=REGISTRY,
)
