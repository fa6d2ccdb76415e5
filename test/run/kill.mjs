// Kills a run of 200,000 rows with SIGKILL at random moments, resumes it each time, and compares what it finds in the end with
// what a run finds that nobody kills. Run it with `npm run test:kill [kills] [rows]`; it ends with exit code 0 when all is well.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const binary = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const [kills = 30, rows = 200_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'nearduck-kill-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const nearduck = (args, killAfter) =>
  new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (data) => (stderr += data));
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr, milliseconds: performance.now() - start });
    });
  });

function fail(message) {
  console.error(`FAILED: ${message}`);
  process.exit(1);
}

/** A digest per result: of all rows, in the order of their ids. */
async function digests(output) {
  const found = {};
  for (const result of ['kmeans_results', 'pairwise_results', 'duplicates']) {
    const csv = join(folder, `${result}.csv`);
    await nearduck(['-c', `COPY (FROM '${output}/${result}/*.parquet' ORDER BY id) TO '${csv}'`]);
    found[result] = createHash('sha256').update(readFileSync(csv)).digest('hex');
    rmSync(csv);
  }
  return JSON.stringify(found);
}

/** All files below a folder. */
const filesIn = (path) =>
  existsSync(path)
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
    : [];

const vector = (noise) =>
  `list_transform(range(64), lambda j: hash(i // 3 * 64 + j) / 1.8e19 - 0.5 + ${noise} * (hash(i * 64 + j + 7) / 1.8e19 - 0.5))`;
await nearduck([
  '-c',
  `COPY (SELECT i AS id, ${vector(0.05)}::FLOAT[] AS embedding FROM range(${rows}) AS t(i)) TO 'in.parquet'`,
]);
const command = (output) => [
  'dedup',
  'in.parquet',
  '--eps',
  '0.05',
  '--backend',
  'cpu',
  '--output',
  output,
  '--resume',
];

const whole = await nearduck(command('whole'));
if (whole.code !== 0) fail(whole.stderr);
const expected = await digests('whole');
console.log(`${rows} rows, nobody kills: ${(whole.milliseconds / 1000).toFixed(1)} s`);

let done = 0;
let finished = 0;
while (done < kills) {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  const computed = new Set();
  for (let ended = false; !ended;) {
    const moment = Math.random() * whole.milliseconds * (done % 5 === 0 ? 1 : 0.6);
    const { code, signal, stderr } = await nearduck(command('out'), done < kills ? moment : undefined);
    if (signal) {
      done++;
      const kept = filesIn(join(folder, 'out/.nearduck/steps')).filter((name) => name.endsWith('.arrays'));
      for (const name of computed)
        if (!kept.includes(`${name}.arrays`) && !existsSync(join(folder, 'out/run.json')))
          fail(`step ${name} is gone`);
      for (const name of kept) computed.add(name.replace('.arrays', ''));
      const results = existsSync(join(folder, 'out'))
        ? readdirSync(join(folder, 'out')).filter((name) => name !== '.nearduck')
        : [];
      console.log(
        `kill ${done} after ${(moment / 1000).toFixed(1)} s: steps kept: ${kept.length}; results: ${results.length}`,
      );
      // The results had their places already, or get them with the next command.
      if (results.length > 0) {
        if (results.includes('run.json') && (await digests('out')) !== expected) fail('torn results');
        break;
      }
      continue;
    }
    if (code !== 0) fail(stderr);
    ended = true;
    finished++;
    if ((await digests('out')) !== expected) fail('a resumed run found something else');
    const run = JSON.parse(readFileSync(join(folder, 'out/run.json'), 'utf8'));
    const kept = run.resumed?.kept ?? [];
    for (const name of computed) if (!kept.includes(name)) fail(`step ${name} was kept and computed again`);
    for (const name of run.resumed?.computed ?? [])
      if (computed.has(name)) fail(`step ${name} was computed twice`);
    console.log(
      `finished: kept ${kept.join(', ') || 'nothing'}; computed ${(run.resumed?.computed ?? ['all']).join(', ')}`,
    );
    const [left, wanted] = ['out', 'whole'].map((output) => readdirSync(join(folder, output)).sort().join());
    if (left !== wanted) fail(`left behind: ${left}`);
  }
}
console.log(`${done} kills, ${finished} runs finished, all with the same rows`);
