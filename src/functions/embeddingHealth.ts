import { quotedIdentifier, UBIGINT } from '@duckdb/node-api';
import { float64Column, textColumn } from '../columns/computedColumns.ts';
import { columnVector } from '../columns/native.ts';
import type { ComputeContext } from '../connection/job.ts';
import { invalidFinding, pairFindings, totalFindings, type Finding } from '../algorithms/health/findings.ts';
import { twoHalves } from '../algorithms/health/halves.ts';
import { HealthScan } from '../algorithms/health/healthScan.ts';
import { samplePairs } from '../algorithms/health/samplePairs.ts';
import { EmbeddingReader } from '../relation/embeddingReader.ts';
import { InvalidRows } from '../relation/invalidRows.ts';
import { elementsOf } from '../relation/normalizer.ts';
import { firstLength, hashesIn, type RelationSource } from '../relation/readRelation.ts';
import { forEachChunk } from '../relation/takeFunction.ts';
import { freeBuffer } from '../threads/freeBuffer.ts';
import { boundColumns } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { EMBEDDING, ID, RELATION, SEED, sourceOf } from './kmeansCall.ts';

/** Number of rows sampled by the hash of their id. All their pairs are compared. */
const SAMPLE_ROWS = 1000;
/** A sample of fewer rows is not reliable. */
const MIN_ROWS = 100;

const RETURNS = `finding VARCHAR, status VARCHAR ('ok' or 'warning'), value DOUBLE, detail VARCHAR, remedy VARCHAR`;

/** The table function `embedding_health`. */
export const embeddingHealthFunction: FunctionDefinition = {
  name: 'embedding_health',
  description:
    'Checks the embeddings before you choose an eps. Returns one row per check; a warning comes with a ' +
    'remedy. It reads all rows once; checks of pairs compare 1,000 rows, drawn by hash of id.',
  returns: RETURNS,
  positional: [RELATION],
  named: [ID, EMBEDDING, { ...SEED, description: 'seed of the sample' }],
  example: `FROM embedding_health('embeddings')`,
  bind(call, relationOf) {
    const source = sourceOf(call, relationOf);
    const seed = call.integer('seed', 0);
    return {
      columns: boundColumns(RETURNS),
      async compute(context) {
        const findings = await findingsOf(source, seed, context);
        const texts = (of: (finding: Finding) => string) => textColumn(findings.map(of));
        return {
          rowCount: findings.length,
          columns: [
            texts(({ finding }) => finding),
            texts(({ isWarning }) => (isWarning ? 'warning' : 'ok')),
            float64Column(Float64Array.from(findings, ({ value }) => value)),
            texts(({ detail }) => detail),
            texts(({ remedy }) => remedy),
          ],
        };
      },
    };
  },
};

async function findingsOf(source: RelationSource, seed: number, context: ComputeContext): Promise<Finding[]> {
  const { connection, signal, progress } = context;
  const { functionName, relation, embedding } = source;
  const invalid = new InvalidRows();
  // Read in the relation's own order, so that threads do not affect which rows have the wrong length.
  const dim = await firstLength(source, { connection });
  const scan = new HealthScan(dim ?? 0, SAMPLE_ROWS);
  let hashes: BigUint64Array = new BigUint64Array(0);
  let contents: BigUint64Array = new BigUint64Array(0);
  let total = 0;
  const reader = new EmbeddingReader(
    embedding,
    invalid,
    (rows, numbers) => {
      const elements = elementsOf(rows);
      numbers.forEach((number, i) => {
        const values = elements.subarray(rows.starts[i], rows.starts[i] + rows.dim);
        const taken = scan.take(values, hashes[number - total], contents[number - total]);
        if (taken !== 'ok') invalid.add(number, taken === 'zero' ? 'zero norm' : 'NaN or infinite element');
      });
      freeBuffer(rows.bytes.buffer as ArrayBuffer);
    },
    dim,
  );
  const id = quotedIdentifier(source.id.name);
  const columns = [
    // Hashed twice, because hashes with two seeds differ in few bits.
    { expression: `hash(hash(${id}, ${seed}::BIGINT))`, type: UBIGINT },
    { expression: `hash(${embedding.expression})`, type: UBIGINT },
    embedding,
  ];
  progress({ step: 'check embeddings', done: 0 });
  await forEachChunk(connection, functionName, relation, columns, (chunk) => {
    signal.throwIfAborted();
    const count = chunk.rowCount;
    hashes = hashesIn(columnVector(chunk, 1), count);
    contents = hashesIn(columnVector(chunk, 2), count);
    reader.read(columnVector(chunk, 3), count, total);
    total += count;
    progress({ step: 'check embeddings', done: total });
  });
  signal.throwIfAborted();
  const totals = scan.finish();
  const rows: Finding = {
    finding: 'rows',
    isWarning: false,
    value: total,
    detail: `${totals.rows} valid, of ${dim ?? 0} elements each`,
    remedy: '',
  };
  const findings = [rows, invalidFinding(invalid.count, invalid.summary())];
  if (totals.rows === 0) return findings;
  findings.push(...totalFindings(totals));
  // Copies of the same row are excluded, because they are similar for another reason.
  const sample = [...new Map(totals.sample.map(({ content, values }) => [content, values])).values()];
  if (sample.length < MIN_ROWS) return findings;
  const pairs = await samplePairs(sample, (done) => {
    signal.throwIfAborted();
    progress({ step: 'check embeddings', done, total: sample.length });
  });
  const halves = twoHalves(sample, pairs);
  findings.push(...pairFindings(pairs.cosines.sort(), meanLength(sample), halves));
  return findings;
}

/** The length of the mean of unit-length rows. It is near 1 when all point in one direction. */
function meanLength(rows: readonly Float32Array[]): number {
  const sum = new Float64Array(rows[0].length);
  for (const row of rows) for (let d = 0; d < sum.length; d++) sum[d] += row[d];
  return Math.sqrt(sum.reduce((squares, value) => squares + value * value, 0)) / rows.length;
}
