"""The pairwise triangle in NumPy: float32 rows from a file, one timed pass for each line on stdin, JSON on stdout.

    peer_numpy.py FILE DIM ROWS_A_CLUSTER
"""

import json
import sys
import time

import numpy as np

file, dim, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = np.fromfile(file, "f4").reshape(-1, dim)

for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    scores, best = np.empty(len(rows), "f4"), np.empty(len(rows), "i8")
    for start in range(0, len(rows), size):
        x = rows[start : start + size]
        products = np.triu(x @ x.T, 1)
        scores[start : start + size] = products.max(axis=0)
        best[start : start + size] = products.argmax(axis=0) + start
    result = {"seconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu}
    print(json.dumps({**result, "scores": float(scores.sum(dtype="f8"))}), flush=True)
