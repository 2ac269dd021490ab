"""The same table kept up to date by Spark Structured Streaming: families who were referred, by front door and month.

Copy it. It needs Java 17, `pip install pyspark==4.0.0`, and Spark's connector, which it gets from Maven Central.
Run: python spark_streaming.py analyst.properties          follows the topic until Ctrl-C
     python spark_streaming.py analyst.properties --once   what is there now, and ends
"""

import re
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

TOPIC = "outcomes-current"
CONNECTOR = "org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.0"
FACT = "fact_id STRING, case_id STRING, fact STRING, `on` DATE, detail STRING, source STRING, area STRING"


def connection(properties_file: Path) -> dict[str, str]:
    """The connector's options: the file has them as Kafka's own tools take them, and so does Spark."""
    lines = [line for line in properties_file.read_text().splitlines() if re.match(r"[a-z.]+=", line)]
    properties = dict(line.split("=", 1) for line in lines)
    if "ssl.truststore.location" in properties:
        there, here = Path(properties["ssl.truststore.location"]), properties_file.parent
        properties["ssl.truststore.location"] = str((there if there.exists() else here / there.name).resolve())
    return {f"kafka.{name}": value for name, value in properties.items()}


def current(spark: SparkSession, properties_file: Path) -> DataFrame:
    """By `fact_id` the newest value of each fact; null for one that is no longer so."""
    stream = (
        spark.readStream.format("kafka")
        .options(**connection(properties_file))
        .options(subscribe=TOPIC, startingOffsets="earliest", groupIdPrefix="analyst.spark")
        .load()
    )
    # All records of a key are on one partition, in order.
    return stream.groupBy("key").agg(f.max_by("value", "offset").alias("value"))


def referred(values: DataFrame) -> DataFrame:
    """Front door, month, and how many families: cases are counted, not facts."""
    facts = values.where("value IS NOT NULL").select(f.from_json(f.col("value").cast("string"), FACT).alias("fact"))
    front_door = f.coalesce("source", f.lit("not told"))
    # Where too few look alike a fact is told by the quarter or the year, and no front door.
    month = f.expr(
        "CASE detail WHEN 'year' THEN date_format(`on`, 'yyyy')"
        " WHEN 'quarter' THEN date_format(`on`, 'yyyy') || ' Q' || quarter(`on`)"
        " ELSE date_format(`on`, 'yyyy-MM') END"
    )
    return (
        facts.select("fact.*")
        .where("fact = 'referred'")
        .groupBy(front_door.alias("front_door"), month.alias("month"))
        .agg(f.count_distinct("case_id").alias("families"))
        .orderBy("front_door", "month")
    )


def main(properties_file: Path, *, once: bool) -> None:
    """Prints the table whenever something has changed."""
    builder = SparkSession.builder.appName("parley-analyst").master("local[2]")
    builder = builder.config("spark.jars.packages", CONNECTOR).config("spark.sql.shuffle.partitions", "4")
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")

    def show(values: DataFrame, _batch: int) -> None:
        for row in referred(values).collect():
            print(f"{row.month:<7}  {row.front_door:<20} {'fewer than 10' if row.families < 10 else row.families:>15}")
        print(flush=True)

    # Complete: each batch has every fact as it is now. The state is as large as the topic, and no larger.
    writer = current(spark, properties_file).writeStream.outputMode("complete").foreachBatch(show)
    writer = writer.trigger(availableNow=True) if once else writer.trigger(processingTime="10 seconds")
    writer.start().awaitTermination()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("Usage: python spark_streaming.py analyst.properties [--once]")
    main(Path(sys.argv[1]), once=sys.argv[2:] == ["--once"])
