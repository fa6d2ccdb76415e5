import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { Session } from '../../src/session/session.ts';
import { npyBytes } from '../npy/npyBytes.ts';

/** Twelve rows on a circle, close in pairs: what every example is written for. */
const EMBEDDINGS = `
  CREATE TABLE embeddings AS
  SELECT i AS id, [cos(a), sin(a)]::FLOAT[] AS embedding
  FROM (SELECT i, i // 2 + (i % 2) / 100 AS a FROM range(12) AS t(i))`;

let session: Session;
const [folder, before] = [mkdtempSync(join(tmpdir(), 'nearduck-docs-')), process.cwd()];

beforeAll(async () => {
  session = await Session.open({ backend: 'cpu' });
  await session.connection.run(EMBEDDINGS);
  await session.connection.run(
    `CREATE TABLE pairs AS FROM pairwise('embeddings', cluster := NULL, rank_by := 'id');
     CREATE TABLE verdicts AS SELECT * REPLACE (true AS same) FROM review_sample('pairs', 0.05, 10);
     COPY embeddings TO '${folder}/embeddings.json'`,
  );
  await writeArrow(session.connection, 'FROM embeddings', join(folder, 'embeddings.arrow'));
  writeFileSync(
    join(folder, 'embeddings.npy'),
    npyBytes(
      [
        [1, 0],
        [0, 1],
      ],
      2,
      { type: 'f4' },
    ),
  );
  process.chdir(folder);
});

afterAll(async () => {
  process.chdir(before);
  await session.close();
  rmSync(folder, { recursive: true });
});

describe('examples of the catalogue run', () => {
  test.each(catalogue.map(({ name, example, returns }) => ({ name, example, returns })))(
    '$name',
    async ({ name, example }) => {
      expect(example).toContain(`${name}(`);
      const reader = await session.connection.runAndReadAll(example);
      // None of the rows is invalid.
      expect(reader.getRows().length > 0).toBe(name !== 'invalid_embeddings');
    },
  );

  test('and return the columns the catalogue states', async () => {
    for (const { name, kind, returns, example } of catalogue) {
      // Columns of these have the types of what they read.
      if (name.startsWith('read_') || name === 'duplicate_groups' || kind === 'scalar macro') continue;
      const call =
        kind === 'table macro'
          ? example.replace('FROM ', '')
          : name === 'pairwise_recall'
            ? `${name}('embeddings', 'FROM kmeans_pairwise(''embeddings'', 4)', 0.1)`
            : ['invalid_embeddings', 'embedding_health', 'pairwise'].includes(name)
              ? `${name}('FROM embeddings JOIN kmeans(''embeddings'', 2) USING (id)')`
              : name === 'kmeans_assign'
                ? `${name}('embeddings', 'FROM kmeans_centroids(''embeddings'', 2)')`
                : name === 'nearest'
                  ? `${name}('embeddings', 'embeddings')`
                  : `${name}('embeddings', ${name === 'similar_pairs' ? 0.1 : 2})`;
      const reader = await session.connection.runAndReadAll(`FROM ${call}`);
      const typed = reader.columnNames().map((column, i) => ({ column, type: String(reader.columnType(i)) }));
      for (const { column, type } of typed) {
        if (returns.startsWith('the columns of kmeans') && !returns.includes(column)) continue;
        if (name === 'pairwise' && column === 'centroid') continue;
        expect(returns, `${name}: ${column} ${type}`).toContain(
          /\bid$|_id$|^value$/.test(column) ? column : `${column} ${type}`,
        );
      }
    }
  });
});
