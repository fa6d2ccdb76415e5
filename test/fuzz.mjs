// Draws cases for the tests of properties: `npm run fuzz -- --cases 100000 --seed 7 [FILE …] [-t NAME]`. A failure prints its
// seed, the smallest case it was shrunk to, and the command that repeats it.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    t: { type: 'string', short: 't' },
  },
  allowPositionals: true,
});
for (const name of ['cases', 'seed']) {
  if (/^\d+$/.test(values[name])) continue;
  console.error(`--${name} must be a whole number, got '${values[name]}'`);
  process.exit(1);
}

/** The tests that draw cases say how many through this module. */
const drawing = readdirSync('test', { recursive: true })
  .map((file) => `test/${file}`)
  .filter((file) => file.endsWith('.test.ts') && readFileSync(file, 'utf8').includes('support/cases.ts'));
const files = positionals.length > 0 ? positionals : drawing;
const only = values.t === undefined ? [] : ['-t', values.t];
console.log(`seed ${values.seed}, ${values.cases} cases`);
const last = join(mkdtempSync(join(tmpdir(), 'nearduck-fuzz-')), 'case.sql');
const env = {
  ...process.env,
  NEARDUCK_FUZZ_LAST: last,
  NEARDUCK_FUZZ_CASES: values.cases,
  NEARDUCK_FUZZ_SEED: values.seed,
};
const { status } = spawnSync('npx', ['vitest', 'run', '--testTimeout=0', ...only, ...files], {
  env,
  stdio: 'inherit',
});
if (status !== 0 && existsSync(last)) console.error(`the last statement was: ${readFileSync(last, 'utf8')}`);
rmSync(dirname(last), { recursive: true });
process.exitCode = status ?? 1;
