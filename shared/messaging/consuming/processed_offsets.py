"""Settled offsets: what of each partition had its effect, is a dead letter or was passed over.

Written in the transaction of the effects, as exact ranges and not as a high-water mark: an offset that was jumped over
is not settled. A record at a settled offset is a repeat, whether its id is remembered or not. So a replay from offset 0
has no second effect, however long ids are kept.

Offsets count from 0 again in a topic that was deleted and made anew, and some come twice in a partition whose tail a
broker lost. Such a record has a later timestamp than anything that was settled there, so it is new, and what was
settled from it on is forgotten. This is why topics carry the broker's time (`LogAppendTime`): a writer's could lie.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.messaging.core.records import Record
from shared.postgres.connection import Connection

Place = tuple[str, int]


@dataclass(slots=True)
class Span:
    """What of one partition is settled together: from the first offset to the last, both with all between them."""

    first: int
    last: int
    newest_ms: int
    # From here on the log is another one than what was settled before.
    anew_from: int | None = None


@dataclass(slots=True)
class Settled:
    """What is settled of one partition: ranges from `starts[i]` up to and without `ends[i]`."""

    newest_ms: int = -1
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def has(self, offset: int) -> bool:
        """Whether this offset is settled."""
        at = bisect_right(self.starts, offset) - 1
        return at >= 0 and offset < self.ends[at]


def spans_of(records: Iterable[Record]) -> dict[Place, Span]:
    """The span of each partition among records that were polled together."""
    spans: dict[Place, Span] = {}
    for record in records:
        place = (record.topic, record.partition)
        if (span := spans.get(place)) is None:
            spans[place] = Span(record.offset, record.offset, record.timestamp_ms)
            continue
        span.first = min(span.first, record.offset)
        span.last = max(span.last, record.offset)
        span.newest_ms = max(span.newest_ms, record.timestamp_ms)
    return spans


# The first row sets how long this transaction waits for any lock and is passed over: a trip to the database saved.
_LOCK = """
WITH held AS (
    SELECT topic, partition, offsets, newest_ms FROM settled
    WHERE subscription = $1 AND (topic, partition) IN (SELECT * FROM unnest($2::text[], $3::int[]))
    ORDER BY topic, partition FOR UPDATE
)
SELECT NULL AS topic, 0 AS partition, '{}'::int8multirange AS offsets, 0::bigint AS newest_ms
FROM set_config('lock_timeout', $4, true)
UNION ALL SELECT * FROM held
"""


async def lock(
    connection: Connection, subscription: str, places: Iterable[Place], patience_s: float
) -> dict[Place, Settled]:
    """What is settled of these partitions. It stays locked until the transaction ends, so that a reader which lost a
    partition and does not know it yet can't apply a batch beside the one that has it now.

    In this transaction no lock is waited for longer than `patience_s`: a fault that passes, and is found partition by
    partition.
    """
    ordered = sorted(places)
    rows = await connection.fetch(
        _LOCK,
        subscription,
        [topic for topic, _ in ordered],
        [partition for _, partition in ordered],
        f"{round(patience_s * 1000)}ms",
    )
    return {
        (row["topic"], row["partition"]): Settled(
            row["newest_ms"], [each.lower for each in row["offsets"]], [each.upper for each in row["offsets"]]
        )
        for row in rows[1:]
    }


def without_repeats(
    records: Sequence[Record], spans: dict[Place, Span], known: dict[Place, Settled]
) -> tuple[list[bool], dict[Place, Span]]:
    """Of each record whether it is new, and the spans that there is something to settle in.

    Where a log began anew, its span says from where.
    """
    fresh: list[bool] = []
    to_settle: dict[Place, Span] = {place: span for place, span in spans.items() if place not in known}
    for record in records:
        place = (record.topic, record.partition)
        settled, span = known.get(place), spans[place]
        if settled is None:
            fresh.append(True)
            continue
        if span.anew_from is None and settled.has(record.offset):
            if record.timestamp_ms <= settled.newest_ms:
                fresh.append(False)
                continue
            span.anew_from = record.offset
        fresh.append(True)
        to_settle[place] = span
    return fresh, to_settle


async def add(connection: Connection, subscription: str, spans: dict[Place, Span]) -> None:
    """Settles spans; where a log began anew, the old one is forgotten from there on. Never commits."""
    if not spans:
        return
    for (topic, partition), span in spans.items():
        if span.anew_from is not None:
            await connection.execute(
                """
                UPDATE settled SET offsets = offsets * int8multirange(int8range(NULL, $4))
                WHERE subscription = $1 AND topic = $2 AND partition = $3
                """,
                subscription,
                topic,
                partition,
                span.anew_from,
            )
    ordered = sorted(spans.items())
    await connection.execute(
        """
        INSERT INTO settled (subscription, topic, partition, offsets, newest_ms)
        SELECT $1, topic, partition, int8multirange(int8range(first, last, '[]')), newest_ms
        FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS span (topic, partition, first, last, newest_ms)
        ON CONFLICT (subscription, topic, partition) DO UPDATE SET
            offsets = settled.offsets + excluded.offsets, newest_ms = greatest(settled.newest_ms, excluded.newest_ms)
        """,
        subscription,
        [topic for (topic, _), _ in ordered],
        [partition for (_, partition), _ in ordered],
        [span.first for _, span in ordered],
        [span.last for _, span in ordered],
        [span.newest_ms for _, span in ordered],
    )
