"""Semantic deduplication with SemHash: Parquet files in, dropped ids out, JSON on stdout. Records are given in the order of
their ids, so that the first one of several similar ones is kept.

    peer_semhash.py DATA THRESHOLD OUTPUT
"""

import glob
import json
import os
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from semhash import SemHash

data, threshold, output = sys.argv[1], float(sys.argv[2]), sys.argv[3]
started = time.perf_counter()
tables = [pq.read_table(file, columns=["id", "embedding"]) for file in sorted(glob.glob(os.path.join(data, "*.parquet")))]
table = pa.concat_tables(tables).combine_chunks().sort_by("id")
ids = table["id"].to_pylist()
values = table["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
rows = values.reshape(len(ids), -1).astype("f4")
rows /= np.linalg.norm(rows, axis=1, keepdims=True)
read = time.perf_counter()
result = SemHash.from_embeddings(rows, ids, model=None).self_deduplicate(threshold=threshold)
dropped = sorted(duplicate.record for duplicate in result.filtered)
pq.write_table(pa.table({"id": dropped}), output)
usage = resource.getrusage(resource.RUSAGE_SELF)
seconds = {"read": read - started, "dedup": time.perf_counter() - read}
cpu_seconds = usage.ru_utime + usage.ru_stime
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu_seconds, "dropped": len(dropped), "version": version("semhash")}))
