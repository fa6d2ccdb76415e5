import type { Connection } from '../../connection/connection.ts';
import { BACKENDS, type BackendChoice } from '../../kernels/backends.ts';
import { Session } from '../../session/session.ts';
import { errorText } from '../shell/errorText.ts';
import type { Section } from './reports.ts';

/** The worked example of pairwise: per row, the best earlier row and its score. */
const pairwiseAnswer: readonly (readonly [bestId: number, score: number])[] = [
  [0, 0],
  [0, 0.974631],
  [1, 0.99819],
  [2, 0.999618],
  [0, 1],
  [0, 1],
];

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
    const wrong = [
      ...(await kmeansFaults(session.connection)),
      ...(await pairwiseFaults(session.connection)),
    ];
    return wrong.length === 0
      ? { verdict: 'ok', ok: true }
      : { verdict: `WRONG: ${wrong.join('\n')}`, ok: false };
  } catch (error) {
    return { verdict: `not available: ${errorText(error)}`, ok: backend === 'webgpu' };
  }
}

/** Two pairs of neighbours must form two clusters. */
async function kmeansFaults(connection: Connection): Promise<string[]> {
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE doctor_points AS
    SELECT * FROM (VALUES (0, [1.0, 0.1]), (1, [1.0, 0.2]), (2, [0.1, 1.0]), (3, [0.2, 1.0])) AS t(id, embedding);`);
  const reader = await connection.runAndReadAll(
    `SELECT centroid FROM kmeans('doctor_points', 2) ORDER BY id;`,
  );
  const [a, b, c, d] = reader.getRows().map(([centroid]) => centroid);
  return a === b && c === d && a !== c
    ? []
    : [`kmeans put neighbours into clusters ${[a, b, c, d].join(', ')}`];
}

async function pairwiseFaults(connection: Connection): Promise<string[]> {
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE doctor_rows AS
    SELECT *
    FROM (VALUES (0, [1, 2, 3]), (1, [4, 5, 6]), (2, [7, 8, 9]), (3, [10, 11, 12]), (4, [1, 2, 3]), (5, [1, 2, 3]))
        AS t(id, embedding);`);
  const reader = await connection.runAndReadAll(`
    SELECT max_id, cosine_sim_score
    FROM pairwise('doctor_rows', cluster := NULL, rank_by := 'id')
    ORDER BY id;`);
  const rows = reader.getRows() as [number, number][];
  return pairwiseAnswer.flatMap(([bestId, score], id) => {
    const [gotId, gotScore] = rows[id] ?? [];
    const right = gotId === bestId && gotScore !== undefined && Math.abs(gotScore - score) < 1e-5;
    return right
      ? []
      : [`pairwise gave row ${id} the score ${gotScore} with ${gotId}, not ${score} with ${bestId}`];
  });
}
