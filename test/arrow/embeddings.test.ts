import { expect, test } from 'vitest';
import { arrowTable } from '../../src/arrow/recordBatches.ts';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { Workbench } from './open.ts';

const bench = new Workbench();

const rows = `(VALUES (1, [1, 0.1]), (2, [1, 0.2]), (3, [0.1, 1]), (4, [0.2, 1]), (5, [1, 0.1])) AS t(id, e)`;

const pairs = (source: string): string =>
  `SELECT id, max_id, cosine_sim_score FROM pairwise('${source}', cluster := NULL, rank_by := 'id', backend := 'reference') ORDER BY id`;

test.each(['FLOAT[]', 'FLOAT[2]', 'DOUBLE[]', 'DOUBLE[2]'])(
  'nearduck functions take %s columns of an Arrow file',
  async (type) => {
    const sql = `SELECT id, e::${type} AS embedding FROM ${rows}`;
    const path = bench.path('embeddings.arrow');
    await writeArrow(bench.connection, sql, path);
    const relation = `FROM read_arrow(''${path}'')`;

    const centroids = new Map(
      (await bench.rows(`SELECT id, centroid FROM kmeans('${relation}', 2, backend := 'reference')`)) as [
        number,
        number,
      ][],
    );
    expect([1, 2, 5].map((id) => centroids.get(id))).toEqual(
      Array.from({ length: 3 }, () => centroids.get(1)),
    );
    expect([3, 4].map((id) => centroids.get(id))).toEqual([1 - centroids.get(1)!, 1 - centroids.get(1)!]);

    const scored = await bench.rows(pairs(relation));
    expect(scored).toEqual(await bench.rows(pairs(sql.replaceAll("'", "''"))));
    expect(scored.at(-1)).toEqual([5, 1, 1]);
  },
);

test('results of nearduck functions leave as Arrow', async () => {
  const sql = `FROM pairwise('SELECT id, e AS embedding FROM ${rows}', cluster := NULL, rank_by := 'id', backend := 'reference') ORDER BY id`;
  const table = await arrowTable(bench.connection, sql);
  expect(table.schema.fields.slice(0, 3).map(String)).toEqual([
    'id: Int32',
    'max_id: Int32',
    'cosine_sim_score: Float32',
  ]);
  expect(table.getChild('max_id')!.toArray()).toEqual(Int32Array.of(1, 1, 2, 3, 1));
  expect(table.getChild('cosine_sim_score')!.get(4)).toBe(1);
});
