import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeArrow } from '../../src/arrow/writeArrow.ts';
import { catalogue } from '../../src/functions/catalogue.ts';
import { Session } from '../../src/session/session.ts';
import { npyBytes } from '../npy/npyBytes.ts';

/** Twelve rows on a circle in pairs of similar rows. All examples use them. */
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
     CREATE TABLE others AS SELECT id, centroid, embedding FROM embeddings JOIN kmeans('embeddings', 2) USING (id);
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

  test('and return the columns the catalogue states, with their types', async () => {
    const relations: Readonly<Record<string, string>> = {
      overlap_for_recall: `'embeddings', 'FROM kmeans_centroids(''embeddings'', 4)', 0.9`,
      pairwise_recall: `'embeddings', 'FROM kmeans_pairwise(''embeddings'', 4)', 0.1`,
      pairwise: `'FROM embeddings JOIN kmeans(''embeddings'', 2) USING (id)', against := 'others', check_where := 'true'`,
      invalid_embeddings: `'embeddings'`,
      embedding_health: `'embeddings'`,
      kmeans_centroids: `'embeddings', 2, with_branches := true`,
      kmeans_assign: `'embeddings', 'SELECT *, centroid AS bucket FROM kmeans_centroids(''embeddings'', 2)', overlap := 0.1, with_embeddings := true, with_buckets := true`,
      nearest: `'embeddings', 'embeddings'`,
      similar_pairs: `'embeddings', 0.1, copies := false, against := 'others', protect := 'id = 0'`,
      kmeans_pairwise: `'embeddings', 2, rule := 'chain', eps := 0.1, check_rows := 3, against := 'others'`,
      duplicate_groups: `'pairs', 0.1`,
      read_npy: `'embeddings.npy'`,
    };
    for (const { name, kind, columns, example } of catalogue) {
      if (!columns) continue;
      const call =
        kind === 'table macro'
          ? example.replace('FROM ', '')
          : `${name}(${relations[name] ?? `'embeddings', 2`})`;
      const reader = await session.connection.runAndReadAll(`FROM ${call}`);
      const found = reader
        .columnNames()
        .map((column, i) => [column, String(reader.columnType(i)).replaceAll('"', '')]);
      const stated = columns.filter((column) => column.with !== 'pairs of against');
      expect(found.map(([column]) => column).sort(), name).toEqual(
        stated.map((column) => column.name).sort(),
      );
      const typeOf: Readonly<Record<string, string>> = { id: 'BIGINT', 'FLOAT[n]': 'FLOAT[2]' };
      for (const { name: column, type } of stated) {
        if (type === 'any') continue;
        expect(found, name).toContainEqual([column, typeOf[type] ?? type]);
      }
    }
  });
});
