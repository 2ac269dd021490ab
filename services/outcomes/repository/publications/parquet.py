"""Each table as a Parquet file: null is what is not published, and the meaning of each column is in its metadata."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from services.outcomes.domain.publication.content import Publication
from services.outcomes.repository.publications.columns import columns, rows

_KINDS = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64()}


def parquet_files(publication: Publication) -> dict[str, bytes]:
    """The files by their names. Of a publication they are always the same bytes, with one version of Arrow."""
    files = {}
    for each in publication.tables:
        described = columns(each)
        fields = [pa.field(one.name, _KINDS[one.kind], metadata={"description": one.means}) for one in described]
        definition = each.definition
        metadata = {"title": definition.title, **dict(definition.lines()), "publication": publication.digest}
        schema = pa.schema(fields, metadata=metadata)
        values = [*zip(*rows(each), strict=True)]
        arrays = [pa.array(column, field.type) for column, field in zip(values, fields, strict=True)]
        out = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(arrays, schema=schema), out, compression="zstd")
        files[f"{each.table.outline.name}.parquet"] = out.getvalue()
    return files
