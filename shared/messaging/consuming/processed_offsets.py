"""Processed offsets: which records of each partition took effect, became dead letters or were skipped.

They are stored in the transaction of the effects, as exact ranges and not as a high-water mark: an offset that was
skipped over is not processed. A record at a processed offset is a repeat, whether or not its id is still kept. So a
replay from offset 0 has no second effect, however long ids are kept.

A topic that was deleted and created again starts at offset 0, and a partition whose tail a broker lost assigns some
offsets twice. Such a record has a later timestamp than anything processed there, so it is new, and the processed ranges
from its offset on are dropped. This is why topics use the broker's time (`LogAppendTime`): a writer's could be wrong.

Where the first records of such a log were skipped, later ones may be processed before them, and then their times tell
nothing. As long as ids are kept, a record that looks like a repeat and was never claimed is therefore new as well
(`inbox.never_claimed`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from shared.messaging.core.records import Record
from shared.postgres.connection import Connection

Place = tuple[str, int]


@dataclass(slots=True)
class Span:
    """The offsets of one partition that are recorded together: from `first` to `last`, both included."""

    first: int
    last: int
    newest_ms: int
    # The offset from which the log is a new one, if it was restarted.
    restarted_at: int | None = None


@dataclass(slots=True)
class ProcessedOffsets:
    """The processed offsets of one partition: ranges from `starts[i]` up to, but excluding, `ends[i]`."""

    newest_ms: int = -1
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def has(self, offset: int) -> bool:
        """Whether this offset is processed."""
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


# The first row sets how long this transaction waits for any lock and is discarded: this saves a round trip.
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
) -> dict[Place, ProcessedOffsets]:
    """The processed offsets of these partitions, locked until the transaction ends. So a reader that has lost a
    partition without noticing cannot apply a batch concurrently with its new owner.

    No lock in this transaction waits longer than `patience_s`; a timeout is a transient error, which is then isolated
    partition by partition.
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
        (row["topic"], row["partition"]): ProcessedOffsets(
            row["newest_ms"], [each.lower for each in row["offsets"]], [each.upper for each in row["offsets"]]
        )
        for row in rows[1:]
    }


def without_repeats(
    records: Sequence[Record], spans: dict[Place, Span], known: dict[Place, ProcessedOffsets]
) -> tuple[list[bool], dict[Place, Span]]:
    """For each record whether it is new, and the spans that hold something new.

    Where a log was restarted, `restarted_at` of its span is set.
    """
    fresh: list[bool] = []
    to_record: dict[Place, Span] = {place: span for place, span in spans.items() if place not in known}
    for record in records:
        place = (record.topic, record.partition)
        processed, span = known.get(place), spans[place]
        if processed is None:
            fresh.append(True)
            continue
        if span.restarted_at is None and processed.has(record.offset):
            if record.timestamp_ms <= processed.newest_ms:
                fresh.append(False)
                continue
            span.restarted_at = record.offset
        fresh.append(True)
        to_record[place] = span
    return fresh, to_record


async def add(connection: Connection, subscription: str, spans: dict[Place, Span]) -> None:
    """Records spans as processed; ranges of an old log are dropped where it restarted. Never commits."""
    if not spans:
        return
    for (topic, partition), span in spans.items():
        if span.restarted_at is not None:
            await connection.execute(
                """
                UPDATE settled SET offsets = offsets * int8multirange(int8range(NULL, $4))
                WHERE subscription = $1 AND topic = $2 AND partition = $3
                """,
                subscription,
                topic,
                partition,
                span.restarted_at,
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
