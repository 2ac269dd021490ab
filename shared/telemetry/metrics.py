"""Every metric of the event core, with what it says. A service's process serves them at /metrics.

Beside these stand what FastStream's middleware counts of each subscription, and what is asked of the database when the
metrics are (`shared.runtime.alarms`).
"""

from prometheus_client import CollectorRegistry, Counter, Gauge

REGISTRY = CollectorRegistry()

FETCHES_FAILED = Counter(
    "parley_fetches_failed",
    "Fetches of a partition that could not be unpacked or were refused",
    ["subscription"],
    registry=REGISTRY,
)
UNREADABLE_PARTITIONS = Gauge(
    "parley_unreadable_partitions",
    "Partitions that cannot be fetched now; their records wait",
    ["subscription"],
    registry=REGISTRY,
)
