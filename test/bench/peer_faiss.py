"""Semantic deduplication as one would write it with FAISS and NumPy: Parquet files in, duplicate ids out, JSON on stdout.

FAISS k-means (25 iterations on at most 256 rows a centroid), rank by cosine distance to the centroid (far first, then
larger id), the upper triangle of each cluster's products in NumPy, score >= 1 - eps. Every core is used.
"""

import argparse
import glob
import json
import os
import resource
import time

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


class Steps:
    def __init__(self):
        self.seconds = {}
        self.since = time.perf_counter()

    def end(self, name):
        now = time.perf_counter()
        self.seconds[name] = now - self.since
        self.since = now


def read(directory):
    """Ids and unit rows, file by file into one array: the embeddings are in memory once."""
    files = sorted(glob.glob(os.path.join(directory, "**", "*.parquet"), recursive=True))
    total = sum(pq.read_metadata(file).num_rows for file in files)
    rows, ids, done = None, [], 0
    for file in files:
        table = pq.read_table(file, columns=["id", "embedding"])
        values = table["embedding"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        if rows is None:
            rows = np.empty((total, len(values) // len(table)), "f4")
        rows[done : done + len(table)] = values.reshape(len(table), -1)
        ids.extend(table["id"].to_pylist())
        done += len(table)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.array(ids), rows


def cluster(rows, k, iterations, seed, steps):
    """Labels, cosine distances to the centroid and the sum of squared distances."""
    kmeans = faiss.Kmeans(rows.shape[1], k, niter=iterations, max_points_per_centroid=256, seed=seed)
    kmeans.train(rows)
    steps.end("fit")
    squared, labels = kmeans.index.search(rows, 1)
    steps.end("assign")
    centroids = kmeans.centroids / np.linalg.norm(kmeans.centroids, axis=1, keepdims=True)
    labels = labels[:, 0]
    distances = np.empty(len(rows), "f4")
    for start in range(0, len(rows), 65536):
        part = slice(start, start + 65536)
        distances[part] = 1 - np.einsum("ij,ij->i", rows[part], centroids[labels[part]])
    return labels, distances, float(squared.sum(dtype="f8"))


def clusters_of(directory, ids):
    """Labels and distances that nearduck wrote, in the order of `ids`."""
    table = pq.read_table(directory).to_pydict()
    place = {id: i for i, id in enumerate(table["id"])}
    order = np.array([place[id] for id in ids])
    distances = np.array(table["cosine_dist_to_cent"], "f4")[order]
    return np.array(table["centroid"])[order], distances, None


def pairwise(rows, ids, labels, distances):
    """For each row the best cosine with a row ranked before it in its cluster."""
    by_id = np.empty(len(ids), "i8")
    by_id[np.argsort(ids)] = np.arange(len(ids))
    order = np.lexsort((-by_id, -distances, labels))
    bounds = np.flatnonzero(np.diff(labels[order])) + 1
    scores = np.zeros(len(rows), "f4")
    for members in np.split(order, bounds):
        if len(members) < 2:
            continue
        x = rows[members]
        scores[members] = np.triu(x @ x.T, 1).max(axis=0)
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("--clusters", type=int, required=True)
    parser.add_argument("--eps", type=float, default=0.01)
    parser.add_argument("--iterations", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", help="Parquet file of duplicate ids; without it, k-means alone")
    parser.add_argument("--kmeans-results", help="take the clusters from this folder that nearduck wrote")
    args = parser.parse_args()

    steps = Steps()
    ids, rows = read(args.directory)
    steps.end("read")
    if args.kmeans_results:
        labels, distances, inertia = clusters_of(args.kmeans_results, ids)
        steps.end("clusters")
    else:
        labels, distances, inertia = cluster(rows, args.clusters, args.iterations, args.seed, steps)
    duplicates = None
    if args.output:
        scores = pairwise(rows, ids, labels, distances)
        steps.end("pairwise")
        found = np.sort(ids[scores.astype("f8") >= 1 - args.eps])
        pq.write_table(pa.table({"id": pa.array(found, pa.string())}), args.output)
        steps.end("write")
        duplicates = len(found)

    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": steps.seconds,
                "inertia": inertia,
                "duplicates": duplicates,
                "cpuSeconds": usage.ru_utime + usage.ru_stime,
                "peakBytes": peak_bytes(usage),
                "versions": f"FAISS {faiss.__version__}, NumPy {np.__version__}",
            }
        )
    )


def peak_bytes(usage):
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
    except OSError:
        return usage.ru_maxrss * 1024


main()
