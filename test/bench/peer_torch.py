"""The searches of nearduck's GPU kernels in PyTorch: rows made on the GPU, one timed pass for each line of JSON on stdin,
JSON on stdout. The first line on stdout describes the GPU.

    peer_torch.py DIM

{"what": "assign", "rows": N, "k": K, "precision": "highest"}: best of K centroids for each row.
{"what": "pairwise", "clusters": C, "rows": R, "precision": "highest"}: best earlier row of the cluster for each row.
Precision "highest" is float32, "high" TF32.
"""

import json
import sys
import time

import torch

DIM = int(sys.argv[1])
ASSIGN_ROWS = 131_072
CLUSTERS_AT_ONCE = 250


def unit_rows(rows):
    generator = torch.Generator("cuda").manual_seed(rows)
    return torch.nn.functional.normalize(torch.randn(rows, DIM, device="cuda", generator=generator))


def assign(x, centroids):
    for start in range(0, len(x), ASSIGN_ROWS):
        (x[start : start + ASSIGN_ROWS] @ centroids.T).max(dim=1)


def pairwise(x, rows):
    for start in range(0, len(x), CLUSTERS_AT_ONCE * rows):
        clusters = x[start : start + CLUSTERS_AT_ONCE * rows].view(-1, rows, DIM)
        torch.triu(torch.bmm(clusters, clusters.transpose(1, 2)), diagonal=1).max(dim=1)


def timed(body):
    torch.cuda.synchronize()
    wall, cpu = time.perf_counter(), time.process_time()
    body()
    torch.cuda.synchronize()
    return {"seconds": time.perf_counter() - wall, "cpuSeconds": time.process_time() - cpu}


properties = torch.cuda.get_device_properties(0)
print(json.dumps({"device": properties.name, "processors": properties.multi_processor_count,
                  "versions": f"PyTorch {torch.__version__}"}), flush=True)
data = {}
for line in sys.stdin:
    asked = json.loads(line)
    torch.set_float32_matmul_precision(asked["precision"])
    total = asked["rows"] * asked.get("clusters", 1)
    if total not in data:
        data.clear()
        data[total] = unit_rows(total)
    x = data[total]
    if asked["what"] == "assign":
        centroids = unit_rows(asked["k"])
        print(json.dumps(timed(lambda: assign(x, centroids))), flush=True)
    else:
        print(json.dumps(timed(lambda: pairwise(x, asked["rows"]))), flush=True)
