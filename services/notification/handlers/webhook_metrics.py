"""The metrics of webhooks, served with the service's others at /metrics."""

from prometheus_client import Counter, Gauge

from shared.telemetry.metrics import REGISTRY

ATTEMPTS = Counter(
    "parley_webhook_attempts",
    "Attempts to send a record to a provider's own address, by what came of them; overtaken ones were left out",
    ["outcome"],
    registry=REGISTRY,
)
WAITING = Gauge(
    "parley_webhooks_waiting",
    "Records that wait to be sent to providers, and those of them that failed; webhooks disabled; records given up",
    ["state"],
    registry=REGISTRY,
)
OLDEST = Gauge(
    "parley_webhooks_oldest_seconds",
    "For how long the oldest record has waited to be sent to a provider",
    registry=REGISTRY,
)
