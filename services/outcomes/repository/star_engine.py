"""DuckDB at work on the star: reported rows in, the tables of the star out, as Parquet. Runs in a worker thread.

The same rows give the same bytes: rows are in the order of their key, columns in theirs, and nothing in a file says
when it was written.
"""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import ibis

from services.outcomes.domain.star.norms import norms_of
from services.outcomes.domain.star.reported import NORMS, REPORTED, Reported
from services.outcomes.domain.star.rules import OF_STAR, of_cases, of_everything_else
from services.outcomes.domain.star.tables import STAR, Kind
from services.outcomes.repository.star_folder import own_folder
from shared.contracts.instruments import instruments

TYPES = {Kind.TEXT: "VARCHAR", Kind.DAY: "DATE", Kind.WHOLE: "BIGINT", Kind.NUMBER: "DOUBLE", Kind.FLAG: "BOOLEAN"}
_PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 122880"

Statements = tuple[tuple[str, str], ...]
"""The name of each step and its text, in the order in which they run."""


@cache
def statements() -> tuple[Statements, Statements]:
    """The rules as SQL: those of cases, and those of everything else."""
    return as_sql(of_cases()), as_sql(of_everything_else())


def as_sql(steps: Mapping[str, Any]) -> Statements:
    """Steps as DuckDB takes them."""
    return tuple((name, str(ibis.to_sql(each, dialect="duckdb", pretty=False))) for name, each in steps.items())


@cache
def rules_digest() -> str:
    """Changes where a rule does, the instruments' own figures or what writes the files: then all is written again."""
    made_by = [name + version(name) for name in ("duckdb", "ibis-framework")]
    known = [f"{code} {each.change} {each.cut_off} {each.forms}" for code, each in sorted(instruments().items())]
    text = "\n".join([*made_by, _PARQUET, *known, *(sql for part in statements() for _, sql in part)])
    return hashlib.sha256(text.encode()).hexdigest()


class EngineError(Exception):
    """DuckDB could not do it: no memory, no space on the disk, or something that it does not take.

    Of the latter the kind alone is given: DuckDB quotes the row that it stumbled on.
    """


class Engine:
    """An in-memory DuckDB for one writing. It spills to `folder` beyond `memory_mb`."""

    def __init__(self, folder: Path, memory_mb: int, threads: int) -> None:
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{memory_mb}MB",
                "threads": threads,
                "temp_directory": str(folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )

    def read_csv(self, folder: Path, names: Iterable[str]) -> None:
        """Takes the rows of these reported tables from their files, in place of those before."""
        for name in names:
            columns = {column: TYPES[kind] for column, kind in REPORTED[name].columns.items()}
            self._do(
                f"""
                CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM read_csv(
                    $file, columns = {columns}, header = false, delim = ',', quote = '"', escape = '"', nullstr = '',
                    allow_quoted_nulls = false, auto_detect = false, strict_mode = true
                )
                """,  # noqa: S608
                {"file": str(folder / f"{name}.csv")},
            )

    def read_norms(self) -> None:
        """Looks up what was published of the instruments that there are scores on."""
        used = self._do("SELECT DISTINCT instrument, version FROM measure").fetchall()
        self._create("norm", NORMS)
        for norm in norms_of(used):
            self._do("INSERT INTO norm VALUES (?, ?, ?, ?, ?)", norm)

    def run(self, steps: Statements) -> None:
        """Works the steps out, each a table, in place of those before."""
        for name, text in steps:
            self._do(f'CREATE OR REPLACE TABLE "{name}" AS {text}')

    def write_reported(self, name: str, file: Path) -> int:
        """Writes a reported table. Returns how many rows it has."""
        return self._write(name, REPORTED[name].columns, REPORTED[name].key, file)

    def write_star(self, name: str, file: Path) -> int:
        """Writes a table of the star. Returns how many rows it has."""
        return self._write(OF_STAR + name, STAR[name].columns, STAR[name].key, file)

    def close(self) -> None:
        """Gives everything back that it holds."""
        self._connection.close()

    def _do(self, text: str, values: Any = None) -> Any:
        try:
            return self._connection.execute(text, values)
        except duckdb.Error as error:
            quotes_nothing = isinstance(error, duckdb.OutOfMemoryException | duckdb.IOException)
            raise EngineError(str(error).splitlines()[0] if quotes_nothing else type(error).__name__) from None

    def _write(self, name: str, columns: Iterable[str], key: Iterable[str], file: Path) -> int:
        own_folder(file.parent)
        chosen, order = (", ".join(f'"{each}"' for each in names) for names in (columns, key))
        (written,) = self._do(
            f"""COPY (SELECT {chosen} FROM "{name}" ORDER BY {order}) TO '{_quoted(file)}' ({_PARQUET})"""  # noqa: S608
        ).fetchall()
        file.chmod(0o600)
        return int(written[0])

    def _create(self, name: str, table: Reported) -> None:
        columns = ", ".join(f'"{column}" {TYPES[kind]}' for column, kind in table.columns.items())
        self._do(f'CREATE OR REPLACE TABLE "{name}" ({columns})')


def digest(file: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def rows_of_csv(file: Path) -> list[list[str]]:
    """The rows of a small file."""
    with file.open(encoding="utf-8", newline="") as content:
        return sorted(csv.reader(content))


def _quoted(file: Path) -> str:
    return str(file).replace("'", "''")
