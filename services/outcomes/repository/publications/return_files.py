"""A return to a funder as files: its rows as CSV, and what each column means."""

import csv
import io
import json
from collections.abc import Sequence

from services.outcomes.domain.returns.mapping import ReturnVersion, Row, described
from services.outcomes.repository.publications.columns import SUPPRESSED
from services.outcomes.repository.publications.safe_text import safe_text

FOLDER = "return"


def return_files(name: str, version: ReturnVersion, rows: Sequence[Row]) -> dict[str, bytes]:
    """The files by their paths in the publication's folder. Of the same rows they are the same bytes."""
    columns = described(version)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_text(column) for column, _ in columns])
    for row in rows:
        writer.writerow([_text(row[column]) for column, _ in columns])
    about = {
        "name": name,
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.valid_to.isoformat() if version.valid_to else None,
        "source": version.source,
        "missing": SUPPRESSED,
        "columns": [{"name": column, "means": means} for column, means in columns],
    }
    return {
        f"{FOLDER}/{name}.return.csv": out.getvalue().encode(),
        f"{FOLDER}/{name}.return.json": (json.dumps(about, ensure_ascii=False, indent=2) + "\n").encode(),
    }


def _text(value: str | float | None) -> str:
    if value is None:
        return SUPPRESSED
    return safe_text(value) if isinstance(value, str) else str(value)
