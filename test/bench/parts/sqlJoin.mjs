import { Session } from '../../../dist/index.js';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, short } from '../support/table.mjs';

const SELF_JOIN = `
  SELECT later.id, max(array_inner_product(earlier.embedding, later.embedding))
  FROM cluster AS earlier JOIN cluster AS later ON earlier.rank < later.rank
  GROUP BY later.id`;
const OURS = `FROM pairwise('cluster', cluster := NULL, rank_by := 'rank', backend := 'cpu')`;

/**
 * The pairwise step in plain DuckDB SQL: a self-join of one cluster.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* sqlJoin({ data, dim, rows, runs, quick }) {
  const count = Math.min(rows, quick ? 1000 : 2000);
  const session = await Session.open();
  try {
    const { connection } = session;
    await connection.run(
      `CREATE TABLE cluster AS
       SELECT id, row_number() OVER () AS rank,
              list_transform(embedding, lambda x: x / sqrt(list_inner_product(embedding, embedding)))::FLOAT[${dim}] AS embedding
       FROM (FROM '${data}/**/*.parquet' LIMIT ${count})`,
    );
    const { ours, join } = await alternate(
      runs,
      { ours: () => timed(() => connection.run(OURS)), join: () => timed(() => connection.run(SELF_JOIN)) },
      { warmUp: true },
    );
    const [a, b] = [medianTime(ours), medianTime(join)];
    const pairs = ((count * (count - 1)) / 2) * 1e-6;
    yield {
      what: 'pairwise() against a SQL self-join',
      ours: rate(pairs, a, 'M pairs/s'),
      peer: rate(pairs, b, 'M pairs/s'),
      ratio: `${short(b.seconds / a.seconds)} × (CPU ${short(b.cpuSeconds / a.cpuSeconds)} ×)`,
      ran: `one cluster of ${count.toLocaleString('en-US')} rows × ${dim} in a table, whole statements; peer: array_inner_product and max`,
    };
  } finally {
    await session.close();
  }
}
