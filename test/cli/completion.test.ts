import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { complete, cursorAt } from '../../src/cli/terminal/completion.ts';
import { Session } from '../../src/session/session.ts';
import { emptyDirectory } from './runCli.ts';

describe('cursorAt', () => {
  test.each([
    ['', {}],
    [`FROM kmeans('emb`, { string: 'emb', call: 'kmeans' }],
    [`FROM kmeans('`, { string: '', call: 'kmeans' }],
    [`FROM kmeans('it''s `, { string: `it's `, call: 'kmeans' }],
    [`FROM KMEANS ('a', 3, se`, { call: 'kmeans' }],
    [`SELECT (1 + 2), f(1)`, {}],
    [`FROM kmeans('a', (2 + `, {}],
    [`FROM kmeans('a', 2, init := 'ran`, { string: 'ran', parameter: 'init', call: 'kmeans' }],
    [`-- it's a comment\nFROM "a'b" WHERE /* ( ' */ x`, {}],
  ])('%j', (sql, cursor) => {
    expect(cursorAt(sql)).toEqual(cursor);
  });
});

describe('complete', () => {
  const folder = emptyDirectory();
  let session: Session;
  beforeAll(async () => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(join(folder, 'data', 'clips.parquet'), '');
    writeFileSync(join(folder, 'data', '.hidden'), '');
    symlinkSync(join(folder, 'data'), join(folder, 'linked'));
    symlinkSync(join(folder, 'gone'), join(folder, 'lost'));
    session = await Session.open();
    await session.connection.run(
      'CREATE TABLE embeddings (id INTEGER, vector FLOAT[]); CREATE VIEW emus AS FROM embeddings',
    );
    return () => session.close();
  });

  test.each([
    ['.mod', ['.mode ']],
    ['.mode js', ['json', 'jsonlines']],
    ['.help kmeans_c', ['kmeans_centroids']],
    ['.read nearduck:4_c', ['nearduck:4_choose_eps']],
    [`.read ${folder}/da`, [`${folder}/data/`]],
    [`.cd ${folder}/l`, [`${folder}/linked/`, `${folder}/lost`]],
    [`.import --csv ${folder}/data/`, [`${folder}/data/clips.parquet`]],
    ['.headers o', []],
    [`FROM kmeans('em`, ['embeddings', 'emus']],
    [`FROM kmeans('${folder}/data/cl`, [`${folder}/data/clips.parquet`]],
    [`FROM kmeans('embeddings', 2, se`, ['seed := ']],
    [`FROM kmeans('SELECT id FROM embeddin`, ['embeddings', 'embedding_health']],
    [`FROM kmeans('FROM pairwise(''em`, ['embeddings', 'emus']],
    [`FROM kmeans('embeddings', 2, backend := 'c`, ['cpu']],
    [`FROM pairwise('embeddings', sim_metric := '`, ['cosine', 'l2']],
    ['FROM kmeans_cent', ['kmeans_centroids']],
  ])('%s', async (line, candidates) => {
    const [found] = await complete(session.connection, '', line);
    expect(found.map((word) => word.replace(/\($/, ''))).toEqual(candidates);
  });

  test('what is replaced is the end of what was typed', async () => {
    for (const line of [
      '.mode js',
      `FROM kmeans('em`,
      `FROM kmeans('embeddings', 2, se`,
      `FROM f('SELECT ''a'', i`,
    ]) {
      const [, replaced] = await complete(session.connection, '', line);
      expect(line.endsWith(replaced), line).toBe(true);
    }
  });

  test('parameters are offered after a comma, on a later line too', async () => {
    const [found] = await complete(session.connection, `FROM kmeans(\n  'embeddings', 3,\n`, '  max');
    expect(found).toEqual(['max_iter := ']);
  });
});
