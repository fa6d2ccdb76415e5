import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Session } from '../../../dist/index.js';
import { everything } from '../../../dist/kernels/pairs.js';
import { viewOf } from '../../../dist/rows/rowView.js';
import { Conversation } from '../support/child.mjs';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, short } from '../support/table.mjs';
import { twoSplits } from '../support/unitRows.mjs';
import { WORK } from '../support/work.mjs';

const DIM = 768;
const NEIGHBOURS = [1, 10];

/**
 * The k nearest of many rows: in memory against FAISS, and as a statement against a join in SQL.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* nearest(bench) {
  yield* inMemory(bench);
  yield await asStatement(bench);
}

async function* inMemory({ backends, runs, quick, python, scratch }) {
  const [queries, targets] = quick ? [1000, 20_000] : [10_000, 200_000];
  const [x, y] = twoSplits(queries, targets, DIM);
  const [queryView, targetView] = [viewOf(x, DIM), viewOf(y, DIM)];
  const peer = python.command && new Conversation(python.command, peerArguments(x, y, scratch));
  const work = 2 * queries * targets * DIM * 1e-9;
  const size = `${queries.toLocaleString('en-US')} rows in ${targets.toLocaleString('en-US')} × ${DIM}`;
  for (const k of NEIGHBOURS) {
    const contenders = peer ? { faiss: () => peer.ask(String(k)) } : {};
    for (const { name, kernels } of backends) {
      if (!kernels) continue;
      const search = () =>
        kernels.search(queryView, targetView, everything(queries, targets), { kind: 'top', k }, WORK);
      contenders[name] = () => timed(search);
    }
    const measured = await alternate(runs, contenders, { warmUp: true });
    for (const { name, reason } of backends) {
      const what = `${k} nearest, ${name}, against FAISS`;
      if (reason) {
        yield { what, ran: `skipped: ${reason}` };
        continue;
      }
      const ours = medianTime(measured[name]);
      if (!peer) {
        yield { what, ours: rate(work, ours, 'GFLOP/s'), ran: `${size}; no peer: ${python.reason}` };
        continue;
      }
      const faiss = medianTime(measured.faiss);
      const { version } = measured.faiss[0];
      const others = differing(measured[name].at(-1).value, k, x, y, scratch);
      yield {
        what,
        ours: rate(work, ours, 'GFLOP/s'),
        peer: rate(work, faiss, 'GFLOP/s'),
        ratio: `${short(faiss.seconds / ours.seconds)} × (CPU ${short(faiss.cpuSeconds / ours.cpuSeconds)} ×)`,
        ran: `${size}, in memory; median of ${runs} in turn; peer: FAISS ${version} IndexFlatIP.search; ${others}`,
      };
    }
  }
  peer?.end();
}

/** Where the neighbours differ from those of FAISS, and by how much in cosine. */
function differing({ index }, k, x, y, scratch) {
  const bytes = readFileSync(join(scratch, 'neighbours.i64'));
  const theirs = new BigInt64Array(bytes.buffer, bytes.byteOffset, index.length);
  const differing = [...index.keys()].filter((i) => index[i] !== Number(theirs[i]));
  const cosine = (i, target) => dot(x, Math.floor(i / k), y, target);
  const worst = Math.max(0, ...differing.map((i) => cosine(i, Number(theirs[i])) - cosine(i, index[i])));
  const share = short((100 * (index.length - differing.length)) / index.length);
  return `the same neighbours in ${share} % of the places, elsewhere within ${worst.toExponential(1)} of the cosine`;
}

function dot(x, i, y, j) {
  let sum = 0;
  for (let d = 0; d < DIM; d++) sum += x[i * DIM + d] * y[j * DIM + d];
  return sum;
}

function peerArguments(x, y, scratch) {
  const [queries, targets] = [join(scratch, 'queries.f32'), join(scratch, 'targets.f32')];
  writeFileSync(queries, x);
  writeFileSync(targets, y);
  const script = fileURLToPath(new URL('../peer_nearest.py', import.meta.url));
  return [script, queries, targets, String(DIM), join(scratch, 'neighbours.i64')];
}

const JOIN = `
  SELECT q.id, arg_max(t.id, array_inner_product(q.embedding, t.embedding))
  FROM queries AS q CROSS JOIN targets AS t
  GROUP BY q.id`;
const OURS = `FROM nearest('queries', 'targets', backend := 'cpu')`;

async function asStatement({ data, dim, rows, runs, quick }) {
  const [queries, targets] = [quick ? 200 : 500, Math.min(rows >> 1, quick ? 1000 : 4000)];
  const session = await Session.open();
  try {
    const { connection } = session;
    const unit = `list_transform(embedding, lambda x: x / sqrt(list_inner_product(embedding, embedding)))::FLOAT[${dim}] AS embedding`;
    await connection.run(
      `CREATE TABLE items AS SELECT id, ${unit} FROM (FROM '${data}/**/*.parquet' LIMIT ${queries + targets});
       CREATE TABLE queries AS FROM items LIMIT ${queries};
       CREATE TABLE targets AS FROM items OFFSET ${queries}`,
    );
    const { ours, sql } = await alternate(
      runs,
      { ours: () => timed(() => connection.run(OURS)), sql: () => timed(() => connection.run(JOIN)) },
      { warmUp: true },
    );
    const [a, b] = [medianTime(ours), medianTime(sql)];
    const pairs = queries * targets * 1e-6;
    return {
      what: 'nearest() against a SQL join',
      ours: rate(pairs, a, 'M pairs/s'),
      peer: rate(pairs, b, 'M pairs/s'),
      ratio: `${short(b.seconds / a.seconds)} × (CPU ${short(b.cpuSeconds / a.cpuSeconds)} ×)`,
      ran: `${queries} rows in ${targets.toLocaleString('en-US')} × ${dim} in tables, whole statements; peer: array_inner_product and arg_max`,
    };
  } finally {
    await session.close();
  }
}
