import { fileURLToPath } from 'node:url';
import { Session } from '../../../dist/index.js';

const CLIPS = fileURLToPath(new URL('../../../fixtures/clips', import.meta.url));
const COPIES = 604;

/** The table of sql/README.md: rows that each rule drops, counted against the row kept for each. */
export async function* accuracy() {
  const session = await Session.open({ backend: 'cpu' });
  try {
    await session.connection.run(
      `CREATE TABLE clips AS
       SELECT id, embedding, bytes, original_id
       FROM '${CLIPS}/ce1_embd_parquet/*.parquet' JOIN '${CLIPS}/clips_meta.parquet' USING (id) JOIN '${CLIPS}/truth.parquet' USING (id)`,
    );
    for (const eps of [0.002, 0.005, 0.01]) {
      for (const rule of ['chain', 'covered', 'components']) {
        yield {
          what: `eps ${eps}, rule ${rule}`,
          ours: await counted(session, 1, eps, rule),
          peer: await counted(session, 20, eps, rule),
          ran: `the clips, by file size; ours: one cluster, peer: 20; precision, recall of the ${COPIES} copies, rows further than eps from the row kept for them`,
        };
      }
    }
  } finally {
    await session.close();
  }
}

async function counted({ connection }, clusters, eps, rule) {
  const reader = await connection.runAndReadAll(
    `SELECT count(*), count(*) FILTER (a.original_id = b.original_id), count(*) FILTER (NOT is_duplicate(kept_score, ${eps}))
     FROM kmeans_pairwise('clips', ${clusters}, rank_by := 'bytes DESC', eps := ${eps}, rule := '${rule}') AS dropped
     JOIN clips AS a ON a.id = dropped.id
     JOIN clips AS b ON b.id = dropped.kept_id
     WHERE kept_score IS NOT NULL`,
  );
  const [rows, right, far] = reader.getRows()[0].map(Number);
  return `${(right / rows).toFixed(3)}, ${(right / COPIES).toFixed(3)}, ${far} of ${rows}`;
}
