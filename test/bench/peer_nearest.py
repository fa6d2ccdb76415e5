"""Exact nearest neighbours with FAISS: float32 rows from files, one timed search of k neighbours for each line on stdin (k),
JSON on stdout. The neighbours of the last search are written to a file, as 64-bit integers.

    peer_nearest.py QUERIES TARGETS DIM NEIGHBOURS
"""

import json
import sys
import time

import faiss
import numpy as np

queries_file, targets_file, dim, output = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
queries = np.fromfile(queries_file, "f4").reshape(-1, dim)
index = faiss.IndexFlatIP(dim)
index.add(np.fromfile(targets_file, "f4").reshape(-1, dim))

for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    _, neighbours = index.search(queries, int(line))
    result = {"seconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu}
    neighbours.astype("i8").tofile(output)
    print(json.dumps({**result, "version": faiss.__version__}), flush=True)
