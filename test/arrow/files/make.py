"""Writes the files beside it with the libraries people write Arrow with: pip install pyarrow polars numpy."""

import datetime as dt
import decimal
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.feather as feather

here = Path(__file__).parent


def write(name, table, *, stream=False, batch=None, **options):
    sink = str(here / name)
    make = pa.ipc.new_stream if stream else pa.ipc.new_file
    with make(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=batch)


UTC = dt.timezone.utc
types = pa.table(
    {
        "i8": pa.array([-128, None, 127], pa.int8()),
        "u16": pa.array([0, None, 65535], pa.uint16()),
        "i32": pa.array([-(2**31), None, 2**31 - 1], pa.int32()),
        "i64": pa.array([-(2**63), None, 2**63 - 1], pa.int64()),
        "u64": pa.array([0, None, 2**64 - 1], pa.uint64()),
        "f16": pa.array(np.array([1.5, 65504, 6e-8], np.float16), mask=np.array([False, True, False])),
        "f32": pa.array([0.1, None, -0.0], pa.float32()),
        "f64": pa.array([0.1, None, float("inf")], pa.float64()),
        "flag": pa.array([True, None, False]),
        "day": pa.array([dt.date(1969, 12, 31), None, dt.date(2024, 2, 29)]),
        "day_ms": pa.array([-86_400_000, None, 86_400_000], pa.int64()).cast(pa.date64()),
        "clock": pa.array([dt.time(1, 2, 3), None, dt.time(23, 59, 59)], pa.time32("s")),
        "clock_ns": pa.array([1, None, 86_399_999_999_999], pa.time64("ns")),
        "ts_s": pa.array([-1, None, 1], pa.timestamp("s")),
        "ts_ms": pa.array([-1, None, 1], pa.timestamp("ms")),
        "ts_us": pa.array([-1, None, 1], pa.timestamp("us")),
        "ts_ns": pa.array([-1, None, 1], pa.timestamp("ns")),
        "ts_tz": pa.array([-1, None, 1999], pa.timestamp("ns", tz="Europe/Paris")),
        "price": pa.array([decimal.Decimal("-1.25"), None, decimal.Decimal("99999.99")], pa.decimal128(7, 2)),
        "big": pa.array([decimal.Decimal(-(10**30)), None, decimal.Decimal(7)], pa.decimal128(38, 0)),
        "text": pa.array(["", None, "a string of more than twelve bytes: é🦆"]),
        "large": pa.array(["x", None, "y"], pa.large_string()),
        "view": pa.array(["short", None, "a string of more than twelve bytes"], pa.string_view()),
        "bytes": pa.array([b"\x00\xff", None, b""], pa.binary()),
        "fixed": pa.array([b"ab", None, b"cd"], pa.binary(2)),
        "category": pa.array(["b", None, "a"]).dictionary_encode(),
        "nothing": pa.nulls(3),
        "tags": pa.array([["a", None], None, []], pa.list_(pa.string())),
        "row": pa.array([{"x": 1, "y": "one"}, None, {"x": None, "y": "three"}]),
        "pairs": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
        "nested": pa.array([[[1.0], [2.0, 3.0]], None, [None]], pa.large_list(pa.list_(pa.float32()))),
    }
)
write("types.arrow", types)
write("types_legacy.arrows", types.drop_columns(["view"]), stream=True, use_legacy_format=True)
write("types_zstd.arrow", types, compression="zstd")
feather.write_feather(types, str(here / "types_lz4.feather"), compression="lz4")

# Dictionaries that grow from batch to batch, and ones a stream replaces.
parts = [pa.array(v).dictionary_encode() for v in (["a", "b"], ["a", "b", "c"], ["c", "a"])]
with pa.ipc.new_stream(
    str(here / "dictionaries.arrows"),
    pa.schema([("word", parts[0].type)]),
    options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True),
) as writer:
    for part in parts:
        writer.write_batch(pa.record_batch({"word": part}))

# 3,000 rows in batches of 700, with repeats, for reads across batches and LZ4 matches.
n = 3000
ids = np.arange(n)
long = pa.table(
    {
        "id": ids,
        "name": [f"row {i % 97} of a file with many repeats" if i % 10 else None for i in ids],
        "embedding": pa.array([[float(i % 5), float(i % 7), 0.5] if i % 11 else None for i in ids], pa.list_(pa.float32())),
        "vector": pa.FixedSizeListArray.from_arrays(pa.array((ids.repeat(2) % 13).astype(np.float32)), 2),
    }
)
write("long_lz4.arrow", long, batch=700, compression="lz4")

pl.DataFrame({"id": [1, 2, 3], "text": ["duck", None, "a much longer text than twelve bytes"], "v": pl.Series([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], dtype=pl.Array(pl.Float32, 2))}).write_ipc(str(here / "polars.arrow"), compression="lz4")
