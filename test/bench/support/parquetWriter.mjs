import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ARRAY, DuckDBInstance, FLOAT, INTEGER, quotedString, UUID } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { Connection } from '../../../dist/index.js';
import { Random } from './gaussian.mjs';

const PART_ROWS = 50_000;
const ROWS_A_SCAN = 2048;
/** Small row groups: a writer holds one in memory. */
const ROW_GROUP = 10_240;
/** Parts at once: one is computed on the JavaScript thread while DuckDB compresses another. */
const WRITERS = 2;

/**
 * Writes `part-000.parquet`, … with `id` (a UUID as VARCHAR) and `embedding` FLOAT[], 50,000 rows per file, through a table
 * function whose rows are made while DuckDB scans them.
 * @param {string} directory
 * @param {{ rows: number, dim: number, seed: number }} size
 * @param {(part: number, first: number) => (target: Float32Array, count: number) => void} source fills the next rows of a
 * part, whose first row is row `first` of all
 */
export async function writeEmbeddings(directory, { rows, dim, seed }, source) {
  mkdirSync(directory, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', { threads: String(WRITERS) });
  const parts = Array.from({ length: Math.ceil(rows / PART_ROWS) }, (_, part) => part).values();
  const writer = async () => {
    const connection = await Connection.open(instance, { functions: [rowsFunction(dim, seed, source)] });
    for (const part of parts) {
      const count = Math.min(PART_ROWS, rows - part * PART_ROWS);
      const file = join(directory, `part-${String(part).padStart(3, '0')}.parquet`);
      await connection.run(
        `COPY (SELECT id::VARCHAR AS id, embedding::FLOAT[] AS embedding FROM generated_rows(${part}, ${count}))
         TO ${quotedString(file)} (FORMAT parquet, ROW_GROUP_SIZE ${ROW_GROUP})`,
      );
    }
    connection.closeSync();
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  instance.closeSync();
}

/** @returns {import('../../../dist/index.js').TableFunction} */
function rowsFunction(dim, seed, source) {
  const columns = [
    { name: 'id', type: UUID },
    { name: 'embedding', type: ARRAY(FLOAT, dim) },
  ];
  return {
    name: 'generated_rows',
    parameterTypes: [INTEGER, INTEGER],
    namedParameterTypes: {},
    bind: ({ positional: [part, count] }) => ({
      columns,
      async compute() {
        const ids = uuids(new Random(seed, 2, Number(part)));
        const embeddings = floats(dim, source(Number(part), Number(part) * PART_ROWS));
        return {
          rowCount: Number(count),
          columns: [
            { type: columns[0].type, write: ids },
            { type: columns[1].type, write: embeddings },
          ],
        };
      },
    }),
  };
}

/** Random UUIDs, written 16 bytes each. @param {Random} random */
function uuids(random) {
  const words = new Int32Array(ROWS_A_SCAN * 4);
  return (vector, _start, count) => {
    for (let i = 0; i < count * 4; i++) words[i] = random.bits();
    duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, count * 16);
  };
}

function floats(dim, fill) {
  const rows = new Float32Array(ROWS_A_SCAN * dim);
  return (vector, _start, count) => {
    fill(rows, count);
    duckdb.copy_data_to_vector(duckdb.array_vector_get_child(vector), 0, rows.buffer, 0, count * dim * 4);
  };
}
