import { BACKENDS, type BackendChoice } from '../../kernels/backends.ts';
import { firstRow } from '../../queryValues.ts';
import { Session } from '../../session/session.ts';
import { errorText } from '../shell/errorText.ts';
import type { Section } from './reports.ts';

/** Queries that return whether the answer is right, and the answer. */
const CHECKS = {
  /** Two pairs of neighbours must form two clusters. */
  kmeans: `
    SELECT c[1] = c[2] AND c[3] = c[4] AND c[1] <> c[3], c::VARCHAR
    FROM (
      SELECT list(centroid ORDER BY id) AS c
      FROM kmeans('
        SELECT * FROM (VALUES (0, [1.0, 0.1]), (1, [1.0, 0.2]), (2, [0.1, 1.0]), (3, [0.2, 1.0])) AS t(id, embedding)
      ', 2)
    )`,
  /** A worked example: the best earlier row of each row, and its score. */
  pairwise: `
    SELECT
      ids = [0, 0, 1, 2, 0, 0]
        AND list_sum(list_transform(list_zip(scores, [0, 0.974631, 0.99819, 0.999618, 1, 1]), lambda s: abs(s[1] - s[2]))) < 1e-5,
      ids::VARCHAR || ' ' || scores::VARCHAR
    FROM (
      SELECT list(max_id ORDER BY id) AS ids, list(cosine_sim_score::DOUBLE ORDER BY id) AS scores
      FROM pairwise('
        SELECT * FROM (VALUES
          (0, [1, 2, 3]), (1, [4, 5, 6]), (2, [7, 8, 9]), (3, [10, 11, 12]), (4, [1, 2, 3]), (5, [1, 2, 3])
        ) AS t(id, embedding)
      ', cluster := NULL, rank_by := 'id')
    )`,
};

/** Runs a tiny clustering and pairwise on each backend. One that cannot run here is not a failure. */
export async function selfTest(): Promise<{ section: Section; passed: boolean }> {
  const section: [string, string][] = [];
  let passed = true;
  for (const backend of BACKENDS.filter((name) => name !== 'auto')) {
    const { verdict, ok } = await testBackend(backend);
    section.push([backend, verdict]);
    passed &&= ok;
  }
  return { section, passed };
}

async function testBackend(backend: BackendChoice): Promise<{ verdict: string; ok: boolean }> {
  try {
    await using session = await Session.open({ backend });
    const wrong: string[] = [];
    for (const [name, check] of Object.entries(CHECKS)) {
      const [isRight, answer] = await firstRow(session.connection, check);
      if (isRight !== true) wrong.push(`${name} answered ${String(answer)}`);
    }
    return wrong.length === 0
      ? { verdict: 'ok', ok: true }
      : { verdict: `WRONG: ${wrong.join('\n')}`, ok: false };
  } catch (error) {
    return { verdict: `not available: ${errorText(error)}`, ok: backend === 'webgpu' };
  }
}
