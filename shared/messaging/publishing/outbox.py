"""The outbox: events are stored in the transaction of the business change and sent later by the relay.

The writer of a case's events holds the case's row lock from before it draws ids until it commits. So the ids of one
case follow its commit order, although ids of different cases may not.
"""

from collections.abc import Sequence

from shared.contracts.strict_json import StrictJsonError, check_json
from shared.contracts.topics import is_by_the_day, is_outside, raw_template
from shared.messaging.core.envelope import for_outside
from shared.messaging.core.outgoing import Outgoing
from shared.messaging.publishing import set_aside
from shared.postgres.connection import Connection

__all__ = ["CHANNEL", "Outgoing", "UnreadableEventError", "add"]

CHANNEL = "outbox"
_COLUMNS = ("topic", "key", "value", "headers")
_INSERT = f"INSERT INTO outbox ({', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4)"  # noqa: S608 - names of columns


class UnreadableEventError(ValueError):
    """An event is not valid JSON because it holds a number that is not finite. Names the topic, never a value."""


def _check(record: Outgoing) -> None:
    try:
        check_json(record.value)
    except StrictJsonError as error:
        raise UnreadableEventError(f"an event for {record.topic} cannot be read: {error.rule}") from None


async def add(connection: Connection, records: Sequence[Outgoing]) -> None:
    """Adds records in order. Never commits; the commit of the caller's transaction wakes the relay.

    A record that is too large for any topic is set aside on its own. Records for outside parties get fresh headers
    here, where every record passes, so that none reveals its cause; what a party handed in itself has none of ours.

    Raises UnreadableEventError for an event that its readers could not parse; the transaction must then roll back.
    """
    for record in records:
        # What a party handed in is sealed, and no JSON.
        if (b"NaN" in record.value or b"Infinity" in record.value) and raw_template(record.topic) is None:
            _check(record)
    records = [
        record._replace(headers=for_outside(record.headers, days_only=is_by_the_day(record.topic)))
        if is_outside(record.topic) and raw_template(record.topic) is None
        else record
        for record in records
    ]
    if too_large := [record for record in records if set_aside.is_too_large(record)]:
        await set_aside.store(connection, too_large)
        records = [record for record in records if not set_aside.is_too_large(record)]
    if not records:
        return
    if len(records) == 1:
        # COPY takes a round trip more.
        await connection.execute(_INSERT, *records[0])
        return
    await connection.copy_records_to_table("outbox", columns=_COLUMNS, records=records)
