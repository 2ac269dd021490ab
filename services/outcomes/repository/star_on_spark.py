"""The star's Parquet files on Spark, for whoever outgrows one machine. Needs the extra `spark` and a Java 17 or 21."""

from pathlib import Path
from typing import Any

import ibis
from pyspark.sql import SparkSession

from services.outcomes.domain.star.tables import STAR, Kind

_TYPES = {
    Kind.TEXT: "string",
    Kind.DAY: "date",
    Kind.WHOLE: "bigint",
    Kind.NUMBER: "double",
    Kind.FLAG: "boolean",
}


def star_on_spark(folder: Path | str, session: SparkSession) -> Any:
    """A connection on which every indicator can be counted; the same expressions as on DuckDB.

    The schema is given, and folders' names are not looked at: Spark would take `month=03` for the number 3, and a table
    without files for an error.
    """
    for name, table in STAR.items():
        schema = ", ".join(f"`{column}` {_TYPES[each.kind]}" for column, each in table.columns.items())
        place = Path(folder) / name
        if any(place.rglob("*.parquet")):
            files = session.read.schema(schema).option("recursiveFileLookup", "true").parquet(str(place))
        else:
            files = session.createDataFrame([], schema)
        files.createOrReplaceTempView(name)
    return ibis.pyspark.connect(session)
