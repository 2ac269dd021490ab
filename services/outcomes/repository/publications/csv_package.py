"""A CSV file for each table, and `datapackage.json`, their dictionary by the Frictionless Table Schema."""

import csv
import hashlib
import io
import json
from typing import Any

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.publication.content import DefinedTable, Publication
from services.outcomes.repository.publications.columns import SUPPRESSED, columns, missing, rows
from services.outcomes.repository.publications.safe_text import safe_text


def csv_files(publication: Publication) -> dict[str, bytes]:
    """The files by their names. Of a publication they are always the same bytes."""
    files = {f"{each.table.outline.name}.csv": _csv(each) for each in publication.tables}
    package = {
        "profile": "tabular-data-package",
        "name": publication.name,
        "title": publication.title,
        "description": f"{publication.period}. {publication.protection}",
        "id": f"sha256:{publication.digest}",
        "version": publication.made_on,
        "versions": dict(publication.versions),
        "resources": [_resource(each, files[f"{each.table.outline.name}.csv"]) for each in publication.tables],
    }
    files["datapackage.json"] = (json.dumps(package, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    return files


def _csv(each: DefinedTable) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_text(column.name) for column in columns(each)])
    for row in rows(each):
        blank = missing(row, len(each.table.outline.dimensions))
        writer.writerow([_text(value, blank) for value in row])
    return out.getvalue().encode()


def _text(value: str | float | None, missing_as: str) -> str:
    if value is None:
        return missing_as
    return safe_text(value) if isinstance(value, str) else str(value)


def _resource(each: DefinedTable, content: bytes) -> dict[str, Any]:
    definition = each.definition
    return {
        "name": each.table.outline.name,
        "path": f"{each.table.outline.name}.csv",
        "profile": "tabular-data-resource",
        "title": definition.title,
        "description": " ".join(f"{name}: {text}" for name, text in definition.lines()),
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": {
            "fields": [
                {
                    "name": safe_text(column.name),
                    "type": column.kind,
                    "description": column.means,
                    "constraints": {"enum": [safe_text(one) for one in column.values], "required": True}
                    if column.values
                    else {},
                }
                for column in columns(each)
            ],
            "missingValues": [SUPPRESSED, ""],
            "primaryKey": [safe_text(one.name) for one in each.table.outline.dimensions],
        },
        "all": ALL,
    }
