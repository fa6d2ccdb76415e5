import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Session } from '../../../dist/index.js';
import { describeRelation } from '../../../dist/relation/relation.js';
import { readRelation, relationSource } from '../../../dist/relation/readRelation.js';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, speedup, times } from '../support/table.mjs';

/** Longer than nearduck keeps the memory of rows for the next statement. */
const FORGET_MS = 2500;

/**
 * Reading the files into unit rows in memory, against the cheapest scans DuckDB itself can do of them.
 * @param {import('../main.mjs').Bench} bench @returns {AsyncGenerator<import('../support/table.mjs').Line>}
 */
export async function* reading({ data, rows, dim, runs }) {
  const files = `${data}/**/*.parquet`;
  const session = await Session.open();
  try {
    const { connection } = session;
    const source = relationSource(
      'bench',
      await describeRelation(connection, 'bench', files),
      'id',
      'embedding',
    );
    const read = () =>
      timed(async () => {
        const rows = await readRelation(source, {
          connection,
          signal: new AbortController().signal,
          progress: () => {},
          store: { memoryLimit: Infinity, directory: tmpdir() },
          onInvalid: 'error',
        });
        rows.store.close();
      });
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc');
    const scan = (expression) => () =>
      timed(() => connection.run(`SELECT sum(${expression}) FROM '${files}'`));
    const measured = await alternate(
      runs,
      {
        fresh: async () => {
          await sleep(FORGET_MS);
          collectGarbage();
          return read();
        },
        again: read,
        'embedding[1]': scan('embedding[1]'),
        'list_sum(embedding)': scan('list_sum(embedding)'),
      },
      { warmUp: true },
    );
    const gigabytes = rows * dim * 4e-9;
    for (const [state, memory] of [
      ['again', 'memory that the statement before gave back'],
      ['fresh', 'memory that the system must first clear'],
    ]) {
      const own = medianTime(measured[state]);
      for (const expression of ['embedding[1]', 'list_sum(embedding)']) {
        const peer = medianTime(measured[expression]);
        yield {
          what: `reading against sum(${expression})`,
          ours: `${times(own)}, ${rate(gigabytes, own, 'GB/s')}`,
          peer: `${times(peer)}, ${rate(gigabytes, peer, 'GB/s')}`,
          ratio: speedup(peer, own),
          ran: `${rows.toLocaleString('en-US')} rows × ${dim} from Parquet files in the page cache, checked, normalised and kept in ${memory}; median of ${runs}`,
        };
      }
    }
  } finally {
    await session.close();
  }
}
