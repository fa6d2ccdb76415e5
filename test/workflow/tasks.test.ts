import { expect, test } from 'vitest';
import { query, temporaryFolder } from './clips.ts';
import { expectSameAsDedup, factsOf } from './plannedRun.ts';

test('a run in tasks chooses the overlap that dedup chooses', async () => {
  const folder = temporaryFolder();
  await query(
    `COPY (SELECT i AS id, list_transform(range(8), lambda j: hash(i // 3 * 32 + j) / 1.8e19 - 0.5 + 0.1 * (hash(i * 32 + j) / 1.8e19 - 0.5))::FLOAT[] AS embedding, i % 2 AS part
           FROM range(9000) AS t(i)) TO '${folder}/in' (FORMAT parquet, PARTITION_BY (part))`,
  );
  // A file without rows, which is a task of its own.
  await query(`COPY (FROM '${folder}/in/part=0/*.parquet' LIMIT 0) TO '${folder}/in/part=0/empty.parquet'`);
  const { run } = await expectSameAsDedup(folder, 'aim', ['in', '--eps', '0.02', '--backend', 'cpu'], 3);
  expect(factsOf(run)).toMatchObject({
    findings: { clusters: { count: 9 }, overlap: { limit: 4 }, recall: { certainty: 'estimate' } },
    backends: [{ name: 'cpu' }],
  });
});
