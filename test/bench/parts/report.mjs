import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Session } from '../../../dist/index.js';
import { runCli } from '../support/child.mjs';
import { medianTime } from '../support/measure.mjs';
import { times } from '../support/table.mjs';

const MEGABYTE = 1_000_000;

/**
 * `nearduck report` from stored pairs, as a process of its own: its size and time. Three quarters of the scores crowd near 0.9, the
 * others lie near 1; a twentieth have none. The findings of embedding_health are stored too: a report reads no embeddings.
 * @param {import('../main.mjs').Bench} bench
 * @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* report({ pairs: rows, runs, scratch }) {
  const output = join(scratch, 'report');
  await writeRun(output, rows);
  const page = join(scratch, 'page.html');
  const measured = [];
  for (let run = 0; run < runs; run++)
    measured.push(await runCli(scratch, ['report', output, '--to', page, '--eps', '0.01']));
  const { size } = statSync(page);
  yield {
    what: 'report',
    ours: times(medianTime(measured)),
    ran: `page of ${(size / MEGABYTE).toFixed(2)} MB from ${rows.toLocaleString('en-US')} stored pairs, 18 % of them within eps 0.01; median of ${runs} processes`,
  };
}

/** The folder of a run, with what a report reads of it. */
async function writeRun(output, rows) {
  for (const folder of ['kmeans_results', 'pairwise_results', 'health'])
    mkdirSync(join(output, folder), { recursive: true });
  const session = await Session.open({ backend: 'cpu' });
  try {
    await session.run(`
      COPY (
        SELECT 'clip-' || i AS id, (hash(i) % ${Math.ceil(rows / 1000)})::INTEGER AS centroid, (hash(i, 1) % 1000 / 2000)::FLOAT AS cosine_dist_to_cent,
          (hash(i, 2) % 1000 / 1000)::FLOAT AS l2_dist_to_cent
        FROM range(${rows}) AS t(i)
      ) TO '${output}/kmeans_results/a.parquet';
      COPY (
        SELECT 'clip-' || i AS id, 'clip-' || if(has_match, hash(i, 3) % i, i) AS max_id, if(has_match, score, 0)::FLOAT AS cosine_sim_score,
          (hash(i) % ${Math.ceil(rows / 1000)})::INTEGER AS centroid, (i + 1)::BIGINT AS rank,
          if(hash(i, 6) % (${rows} // 3000 + 1) = 0, if(has_match, score, 0), NULL)::FLOAT AS checked_score
        FROM (
          SELECT i, i > 0 AND hash(i, 4) % 20 > 0 AS has_match,
            if(i % 4 > 0, 0.9 - 0.05 * ln(1 + hash(i, 5) % 100000 / 25000), 1 - 10 ** (-1 - hash(i, 5) % 100000 / 25000)) AS score
          FROM range(${rows}) AS t(i)
        )
      ) TO '${output}/pairwise_results/a.parquet';
      COPY (SELECT * FROM embedding_health('SELECT i AS id, [sin(i), cos(i)] AS embedding FROM range(200) AS t(i)')) TO '${output}/health/a.parquet'`);
  } finally {
    await session.close();
  }
  writeFileSync(
    join(output, 'run.json'),
    JSON.stringify({ tool: 'nearduck', parameters: { input: ['clips'] }, files: [] }),
  );
}
