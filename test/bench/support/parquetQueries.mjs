import { join } from 'node:path';
import { DuckDBInstance, quotedString } from '@duckdb/node-api';

const files = (path) =>
  `read_parquet(${quotedString(path.endsWith('.parquet') ? path : join(path, '*.parquet'))})`;

async function row(sql) {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJS()[0].map(Number);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The inertia in a folder of kmeans_results. @param {string} path */
export async function sumOfSquares(path) {
  return (await row(`SELECT sum(l2_dist_to_cent::DOUBLE ** 2) FROM ${files(path)}`))[0];
}

/** How far two files or folders of ids agree. @param {string} left @param {string} right */
export async function jaccard(left, right) {
  const [a, b, both] = await row(
    `SELECT (SELECT count(*) FROM ${files(left)}), (SELECT count(*) FROM ${files(right)}),
            (SELECT count(*) FROM ${files(left)} SEMI JOIN ${files(right)} USING (id))`,
  );
  return { left: a, right: b, jaccard: a + b === 0 ? 1 : both / (a + b - both) };
}

const isDuplicate = (eps) => `cosine_sim_score > 0 AND cosine_sim_score >= 1 - ${eps}::DOUBLE`;

/** Duplicates in a folder of pairwise_results. @param {string} path @param {number} eps */
export async function duplicatesIn(path, eps) {
  return (await row(`SELECT count(*) FROM ${files(path)} WHERE ${isDuplicate(eps)}`))[0];
}

/** How many of the duplicates in a folder of pairwise_results are among the ids in a file. */
export async function shareFound(path, eps, ids) {
  const duplicates = `(FROM ${files(path)} WHERE ${isDuplicate(eps)})`;
  const [total, found] = await row(
    `SELECT (SELECT count(*) FROM ${duplicates}), (SELECT count(*) FROM ${duplicates} SEMI JOIN ${files(ids)} USING (id))`,
  );
  return { total, found };
}

/** Rows in a folder of Parquet files, and elements of an embedding. @param {string} path */
export async function shapeOf(path) {
  const [rows, dim] = await row(`SELECT count(*), any_value(len(embedding)) FROM ${files(join(path, '**'))}`);
  return { rows, dim };
}
