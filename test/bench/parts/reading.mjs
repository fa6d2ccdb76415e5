import { tmpdir } from 'node:os';
import { Session } from '../../../dist/index.js';
import { describeRelation } from '../../../dist/relation/relation.js';
import { readRelation, relationSource } from '../../../dist/relation/readRelation.js';
import { alternate, medianTime, timed } from '../support/measure.mjs';
import { rate, speedup, times } from '../support/table.mjs';

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
    const ours = () =>
      timed(async () => {
        const read = await readRelation(source, {
          connection,
          signal: new AbortController().signal,
          progress: () => {},
          store: { memoryLimit: Infinity, directory: tmpdir() },
          onInvalid: 'error',
        });
        read.store.close();
      });
    const scan = (expression) => () =>
      timed(() => connection.run(`SELECT sum(${expression}) FROM '${files}'`));
    const measured = await alternate(
      runs,
      { ours, 'embedding[1]': scan('embedding[1]'), 'list_sum(embedding)': scan('list_sum(embedding)') },
      { warmUp: true },
    );
    const gigabytes = rows * dim * 4e-9;
    const own = medianTime(measured.ours);
    for (const expression of ['embedding[1]', 'list_sum(embedding)']) {
      const peer = medianTime(measured[expression]);
      yield {
        what: `reading against sum(${expression})`,
        ours: `${times(own)}, ${rate(gigabytes, own, 'GB/s')}`,
        peer: `${times(peer)}, ${rate(gigabytes, peer, 'GB/s')}`,
        ratio: speedup(peer, own),
        ran: `${rows.toLocaleString('en-US')} rows × ${dim} from Parquet files in the page cache, checked, normalised and kept; median of ${runs}`,
      };
    }
  } finally {
    await session.close();
  }
}
