"""Every row of a trace as Parquet, for pandas, Polars, DuckDB and the like: a column for each part.

Names stand beside numbers, as dictionaries, so that nothing else is needed to read it.  It needs
pyarrow, which is 170 MB: ``pip install 'schedsim[parquet]'``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from schedsim.export.base import BinaryExport
from schedsim.export.words import name_of
from schedsim.metrics import Measured
from schedsim.run import Run
from schedsim.trace import Row, Trace

_GROUP: Final = 65_536
"""Rows of a row group, as in the trace stores that were measured."""
_MARK: Final = "schedsim trace"


def _write(run: Run, measured: Measured) -> bytes:
    del measured  # rows are what happened, not what follows from it
    import pyarrow as pa  # noqa: PLC0415 - it may be missing, and takes a while
    import pyarrow.parquet as pq  # noqa: PLC0415 - the same

    trace = run.trace
    words = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema(
        [
            *(("time", pa.int64()), ("kind", words), ("reason", words), ("core", pa.int16())),
            *(("subject", pa.int32()), ("name", words), ("other", pa.int32()), ("arg", pa.int64())),
        ],
        metadata={_MARK: trace.digest(), "unit": trace.unit},
    )
    names = [name_of(trace, entity.id) for entity in trace.entities]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        use_dictionary=["kind", "reason", "core", "subject", "name", "other"],
        column_encoding={"time": "DELTA_BINARY_PACKED"},
    ) as writer:
        for rows in _groups(trace):
            writer.write_table(pa.table(_columns(rows, names), schema=schema))
    return bytes(sink.getvalue())


def _groups(trace: Trace) -> Iterator[list[Row]]:
    rows = trace.rows()
    while group := list(islice(rows, _GROUP)):
        yield group


def _columns(rows: list[Row], names: list[str]) -> dict[str, list[Any]]:
    return {
        "time": [row.time for row in rows],
        "kind": [row.kind.name.lower() for row in rows],
        "reason": [row.reason.name.lower() for row in rows],
        "core": [None if row.core < 0 else row.core for row in rows],
        "subject": [row.subject for row in rows],
        "name": [names[row.subject] or None for row in rows],
        "other": [row.other for row in rows],
        "arg": [row.arg for row in rows],
    }


PARQUET = BinaryExport("rows of a trace in Parquet", _MARK, "pyarrow", _write)
