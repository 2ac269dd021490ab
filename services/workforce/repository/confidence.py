"""How sure practitioners feel: the newest rating of each module on each occasion."""

from collections.abc import Sequence

from services.workforce.domain.attendance import Rating
from services.workforce.domain.modules import MODULES
from shared.postgres.connection import Connection


async def save(connection: Connection, ratings: Sequence[Rating]) -> list[Rating]:
    """Saves ratings and returns those that are new or other than before."""
    rows = await connection.fetch(
        """
        INSERT INTO confidence (training_id, module, occasion, instrument, version, score)
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[])
        ON CONFLICT (training_id, module, occasion) DO UPDATE
            SET score = excluded.score, instrument = excluded.instrument, version = excluded.version
        WHERE (confidence.score, confidence.instrument, confidence.version)
            IS DISTINCT FROM (excluded.score, excluded.instrument, excluded.version)
        RETURNING training_id, module, occasion
        """,
        [each.training_id for each in ratings],
        [each.module for each in ratings],
        [each.occasion for each in ratings],
        [MODULES[each.module].scale.instrument for each in ratings],
        [MODULES[each.module].scale.version for each in ratings],
        [each.score for each in ratings],
    )
    changed = {(row["training_id"], row["module"], row["occasion"]) for row in rows}
    return [each for each in ratings if (each.training_id, each.module, each.occasion) in changed]
