import { ClusteredRows } from './clusteredRows.mjs';

/** Unit rows of `clusters` clusters, one after another, with a tenth near-duplicates. @returns {Float32Array} */
export function clustersOfUnitRows(clusters, rowsACluster, dim) {
  const rows = new Float32Array(clusters * rowsACluster * dim);
  for (let c = 0; c < clusters; c++) {
    const stream = new ClusteredRows({ dim, clusters: 1, duplicates: 0.1, seed: 1 + c });
    stream.take(rows.subarray(c * rowsACluster * dim, (c + 1) * rowsACluster * dim), rowsACluster);
  }
  return normalized(rows, dim);
}

/** Unit rows around `centers` centres, in no order. @returns {Float32Array} */
export function unitRows(count, dim, centers, seed) {
  const rows = new Float32Array(count * dim);
  new ClusteredRows({ dim, clusters: centers, duplicates: 0, seed }).take(rows, count);
  return normalized(rows, dim);
}

/** Unit rows of two splits: they share their centres, and differ in their rows. @returns {[Float32Array, Float32Array]} */
export function twoSplits(first, second, dim) {
  return [first, second].map((count, stream) => {
    const rows = new Float32Array(count * dim);
    new ClusteredRows({ dim, clusters: 200, duplicates: 0.1, seed: 1 }, stream).take(rows, count);
    return normalized(rows, dim);
  });
}

function normalized(rows, dim) {
  for (let at = 0; at < rows.length; at += dim) {
    let sum = 0;
    for (let j = at; j < at + dim; j++) sum += rows[j] * rows[j];
    const scale = 1 / Math.sqrt(sum);
    for (let j = at; j < at + dim; j++) rows[j] *= scale;
  }
  return rows;
}

/**
 * As many rows as wanted: `rows` again and again, each time turned by one element more. Returns what puts rows `start` to
 * `end` of them at the front of `target`.
 */
export function repeated(rows, dim) {
  const count = rows.length / dim;
  return (target, start, end) => {
    for (let row = start; row < end; row++) {
      const from = (row % count) * dim;
      const turn = Math.floor(row / count) % dim;
      const to = (row - start) * dim;
      target.set(rows.subarray(from + turn, from + dim), to);
      target.set(rows.subarray(from, from + turn), to + dim - turn);
    }
  };
}
