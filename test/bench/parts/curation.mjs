import { Session } from '../../../dist/index.js';
import { medianTime, timed } from '../support/measure.mjs';
import { times } from '../support/table.mjs';

const count = (call) => `SELECT count(*) FROM ${call}`;

/**
 * What follows from stored pairs: groups by each rule, budgets, the guard.
 * @param {import('../main.mjs').Bench} bench
 * @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* curation({ data, rows, runs, eps }) {
  const session = await Session.open({ backend: 'cpu' });
  try {
    const { connection } = session;
    const k = Math.max(1, Math.round(rows / 1000));
    await connection.run(
      `CREATE VIEW embeddings AS FROM '${data}/**/*.parquet';
       CREATE TABLE pairs AS FROM kmeans_pairwise('embeddings', ${k}, rank_by := 'id');
       CREATE TABLE all_pairs AS FROM similar_pairs('embeddings', ${eps}, clusters := ${k}, rank_by := 'id', copies := false);
       CREATE TABLE metadata AS SELECT id, hash(id) % 100 AS source FROM embeddings`,
    );
    const statements = {
      'groups, rule chain': count(`duplicate_groups('pairs', ${eps})`),
      'groups, rule covered': count(`duplicate_groups('all_pairs', ${eps}, rule := 'covered')`),
      'groups, rule components': count(`duplicate_groups('all_pairs', ${eps}, rule := 'components')`),
      'budget, share': `SELECT eps_for_share('pairs', 0.1)`,
      'budget, rows': `SELECT eps_for_rows('pairs', ${Math.round(rows * 0.9)})`,
      guard: count(`drop_by_group('pairs', ${eps}, 'metadata', 'source')`),
      'eps curve': count(`eps_curve('pairs')`),
      'eps candidates': count(`eps_candidates('pairs')`),
      'review sample': count(`review_sample('pairs', ${eps}, 200)`),
    };
    const [[pairs]] = (await connection.runAndReadAll(count('all_pairs'))).getRows();
    for (const [what, statement] of Object.entries(statements)) {
      const measured = [];
      let found;
      for (let run = 0; run < runs; run++) {
        const { value, ...time } = await timed(() => connection.runAndReadAll(statement));
        measured.push(time);
        [[found]] = value.getRows();
      }
      yield {
        what,
        ours: times(medianTime(measured)),
        ran: `result ${found}; ${rows.toLocaleString('en-US')} rows with their best pairs, ${Number(pairs).toLocaleString('en-US')} pairs within eps ${eps}, both in tables; median of ${runs} statements`,
      };
    }
  } finally {
    await session.close();
  }
}
