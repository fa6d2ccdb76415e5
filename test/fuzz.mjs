import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });

/** The tests of properties. A failure prints its seed and the smallest case it was shrunk to. */
const FILES = [
  'test/kernels/random',
  'test/kernels/tileBatches',
  'test/dedup/pairwise',
  'test/dedup/order',
  'test/dedup/arena',
  'test/relation/rowStore',
  'test/connection/scripts',
  'test/connection/statementFuzz',
  'test/arrow/mutated',
  'test/npy/readNpy',
  'test/cli/values',
];

const end = Date.now() + Number(values.minutes) * 60_000;
let status = 0;
for (let round = 1; status === 0 && Date.now() < end; round++) {
  console.log(`round ${round}`);
  const env = { ...process.env, NEARDUCK_FUZZ: '1' };
  ({ status } = spawnSync('npx', ['vitest', 'run', ...FILES], { env, stdio: 'inherit' }));
}
process.exitCode = status ?? 1;
