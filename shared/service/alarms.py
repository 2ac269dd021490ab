"""The alarms and counts of a service: one list for `/status`, readiness and the metrics."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from shared.messaging.consuming import dead_letters
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscriber import Reading
from shared.messaging.core.admission import Admission
from shared.messaging.publishing import set_aside
from shared.messaging.publishing.relay import backlog
from shared.messaging.timers import scheduled
from shared.privacy.unwrapping import Unwrapping
from shared.telemetry import metrics

REFUSED = "kafka-refused"
OWN_DEAD_LETTERS = "own-dead-letters"
KEYS_REFUSED = "keys-refused"
PAUSED = "subscription-paused"
UNREADABLE = "unreadable-partition"
SET_ASIDE = "outbox-set-aside"
WITHOUT_EFFECTS = "rejected-without-effects"


@dataclass(frozen=True)
class State:
    """The state of a service's work: counts of what is waiting, and alarms."""

    outbox_backlog: int
    dead_letters: int
    own_dead_letters: int
    outbox_set_aside: int
    timers_failing: int
    paused: list[dict[str, Any]]
    unreadable: list[dict[str, Any]]
    lag: list[dict[str, Any]]
    alarms: list[dict[str, str]]


class Watch:
    """Observes one service: its tables, and its subscriptions in this process."""

    def __init__(
        self,
        pool: "asyncpg.Pool[Any]",
        consumers: Iterable[Consumer] = (),
        readings: Sequence[Reading] = (),
        admission: Admission | None = None,
        unwrapping: Unwrapping | None = None,
    ) -> None:
        self._pool = pool
        self._consumers = list(consumers)
        self._readings = readings
        self._admission = admission
        self._unwrapping = unwrapping

    def refusal(self) -> dict[str, str] | None:
        """Why Kafka does not let this service in, and what to check; None while it does."""
        refusal = self._admission.refusal if self._admission else None
        return {"refusal": refusal.value, "check": refusal.remedy} if refusal else None

    def paused(self) -> list[dict[str, Any]]:
        """Subscriptions that were paused after too many dead letters of our own making."""
        found = (consumer.own_dead_letters.as_json() for consumer in self._consumers)
        return [each for each in found if each is not None]

    def unreadable(self) -> list[dict[str, Any]]:
        """Partitions whose records cannot be fetched at present."""
        return [each for reading in self._readings for each in reading.troubles.as_json()]

    async def look(self) -> State:
        """The current state; also updates the metrics. Raises asyncpg.PostgresError or OSError without a database."""
        waiting = await dead_letters.waiting(self._pool)
        aside = await set_aside.count(self._pool)
        paused, unreadable = self.paused(), self.unreadable()
        pending = await backlog(self._pool)
        refusal = self.refusal()
        alarms = [_alarm(REFUSED, refusal["check"])] if refusal else []
        if self._unwrapping and self._unwrapping.is_refused():
            alarms.append(_alarm(KEYS_REFUSED, "it has unwrapped as many people's keys as it may in a minute"))
        alarms += [_alarm(PAUSED, f"{each['subscription']}: {each['why']}; last {each['last']}") for each in paused]
        alarms += [_alarm(UNREADABLE, _where(each)) for each in unreadable]
        if waiting.own:
            alarms.append(_alarm(OWN_DEAD_LETTERS, f"{waiting.own} events of ours could not be used by this service"))
        if waiting.without_effects:
            what = f"{waiting.without_effects} rejected records may hold a sign or a withdrawal that has no effect yet"
            alarms.append(_alarm(WITHOUT_EFFECTS, what))
        if aside:
            alarms.append(_alarm(SET_ASIDE, f"{aside} events of ours are too large and were not sent"))
        metrics.OPEN_DEAD_LETTERS.labels("all").set(waiting.all)
        metrics.OPEN_DEAD_LETTERS.labels("own").set(waiting.own)
        metrics.WAITING_ROWS.labels("outbox").set(pending)
        metrics.WAITING_ROWS.labels("set-aside").set(aside)
        metrics.ALARMS.set(len(alarms))
        return State(
            outbox_backlog=pending,
            dead_letters=waiting.all,
            own_dead_letters=waiting.own,
            outbox_set_aside=aside,
            timers_failing=(await scheduled.counts(self._pool, None))["failing"],
            paused=paused,
            unreadable=unreadable,
            lag=[{"subscription": each.name, "records": each.lag()} for each in self._readings],
            alarms=alarms,
        )


def _alarm(kind: str, what: str) -> dict[str, str]:
    return {"kind": kind, "what": what}


def _where(trouble: dict[str, Any]) -> str:
    place = f"{trouble['topic']}/{trouble['partition']}@{trouble['offset']}" if trouble["topic"] else "no partition"
    return f"{trouble['subscription']}: {place}, {trouble['fault']}, tried {trouble['times']} times"
