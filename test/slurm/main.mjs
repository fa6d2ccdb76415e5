// Runs the whole workflow as job arrays of a real Slurm on loopback: two tasks are killed, one is requeued, the node is drained
// and comes back. What the run finds is compared with what dedup finds. `npm run test:slurm [rows] [tasks]`; needs root on
// Debian, and is skipped elsewhere.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const binary = here('../../dist/cli/main.js');
const [rows = 100_000, tasks = 6] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'nearduck-slurm-'));
const start = performance.now();
const say = (text) =>
  console.log(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${text}`);

const started = spawnSync('bash', [here('start.sh'), join(folder, 'slurm')], { encoding: 'utf8' });
const [, conf] = /^SLURM_CONF=(.*)$/m.exec(started.stdout) ?? [];
const [, pids = ''] = /^PIDS=(.*)$/m.exec(started.stdout) ?? [];
if (started.status !== 0) {
  console.log(`SKIPPED: Slurm cannot be had here:\n${started.stderr.slice(-2000)}`);
  process.exit(0);
}
process.env.SLURM_CONF = conf;
process.on('exit', () => {
  for (const pid of pids.trim().split(' ')) {
    try {
      process.kill(Number(pid));
    } catch {
      // It has ended already.
    }
  }
  // They write until they have ended.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function fail(message) {
  console.error(`FAILED: ${message}`);
  for (const name of existsSync(join(folder, 'run/logs')) ? readdirSync(join(folder, 'run/logs')) : [])
    console.error(`--- ${name}\n${readFileSync(join(folder, 'run/logs', name), 'utf8').slice(-1000)}`);
  process.exit(1);
}

function nearduck(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binary, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) fail(`nearduck ${args.join(' ')}: ${stderr}`);
  return stdout;
}

const slurm = (command, ...args) => spawnSync(command, args, { encoding: 'utf8' });

/** Locks of tasks that run now: their step and index, and the process. */
function runningTasks() {
  const path = join(folder, 'run/.nearduck/tasks');
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('/lock'))
    .flatMap((name) => {
      try {
        const { pid } = JSON.parse(readFileSync(join(path, name), 'utf8'));
        process.kill(pid, 0);
        const [, step, index] = /^(\w+)\/(\d+)-/.exec(name);
        return [{ step, index, pid }];
      } catch {
        return [];
      }
    });
}

async function waitForTask(step) {
  for (;;) {
    const task = runningTasks().find((running) => running.step === step);
    if (task) return task;
    if (submitted.exitCode !== null) fail(`no task of ${step} was seen`);
    await sleep(20);
  }
}

const vector = `list_transform(range(64), lambda j: hash(i // 3 * 64 + j) / 1.8e19 - 0.5 + 0.05 * (hash(i * 64 + j + 7) / 1.8e19 - 0.5))`;
nearduck(
  '-c',
  `COPY (SELECT i AS id, ${vector}::FLOAT[] AS embedding, i % ${tasks} AS part FROM range(${rows}) AS t(i)) TO 'in' (FORMAT parquet, PARTITION_BY (part))`,
);
const what = [
  'in',
  '--clusters',
  String(Math.round(rows / 1000)),
  '--recall',
  '0.99',
  '--eps',
  '0.05',
  '--backend',
  'cpu',
];
nearduck('dedup', ...what, '--output', 'whole');
say(`dedup of ${rows} rows is done`);
process.stdout.write(nearduck('plan', ...what, '--tasks', String(tasks), '--output', 'run'));

const submit = [
  'submit',
  'run',
  '--engine',
  'slurm',
  '--partition',
  'all',
  '--time',
  '10',
  '--follow',
  '--interval',
  '1',
  '--retries',
  '5',
];
const submitted = spawn(process.execPath, [binary, ...submit, '--', '--cpus-per-task=1'], { cwd: folder });
let followed = '';
submitted.stderr.on('data', (data) => (followed += data));
const ended = new Promise((resolve) => submitted.on('close', resolve));

for (const step of ['assign', 'pairwise']) {
  const { index, pid } = await waitForTask(step);
  process.kill(pid, 'SIGKILL');
  say(`killed task ${index} of ${step}`);
}
const host = hostname().split('.')[0];
slurm('scontrol', 'update', `nodename=${host}`, 'state=drain', 'reason=test');
say('the node is drained');
await sleep(3000);
slurm('scontrol', 'update', `nodename=${host}`, 'state=resume');
say('the node is back');
let requeued = false;
while (!requeued && submitted.exitCode === null) {
  const [job] = slurm('squeue', '--noheader', '--states=RUNNING', '--format=%i').stdout.trim().split('\n');
  if (job && slurm('scontrol', 'requeue', job).status === 0) {
    requeued = true;
    say(`requeued job ${job}`);
  } else await sleep(20);
}
if ((await ended) !== 0) fail(`submit: ${followed}`);
say('the run is finished');
console.log(
  followed
    .trim()
    .split('\n\n')
    .map((text) => text.trim())
    .join('\n'),
);

const different = nearduck(
  '-csv',
  '-noheader',
  '-c',
  ['kmeans_results', 'pairwise_results', 'duplicates']
    .map(
      (name) =>
        `SELECT count(*) FROM (FROM 'run/${name}/*.parquet' EXCEPT ALL FROM 'whole/${name}/*.parquet') UNION ALL SELECT count(*) FROM (FROM 'whole/${name}/*.parquet' EXCEPT ALL FROM 'run/${name}/*.parquet')`,
    )
    .join(' UNION ALL '),
);
if (!/^(?:0\s*)+$/.test(different)) fail(`rows that differ from those of dedup: ${different}`);
if (!requeued) fail('no task could be requeued');
const run = JSON.parse(readFileSync(join(folder, 'run/run.json'), 'utf8'));
for (const { step, index, seconds, peakBytes } of run.tasks)
  console.log(`${step} ${index}: ${seconds.toFixed(1)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`);
say('the run has the rows of dedup, all of them');
