// Measures what a run costs in tasks against dedup, and works out from the rates what large runs take: npm run bench:scale
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseAlgorithm, flatProducts, hierarchicalProducts } from '../../dist/algorithms/tree/costModel.js';
import { generate } from './generate.mjs';
import { runCli } from './support/child.mjs';
import { describeMachine } from './support/machine.mjs';
import { mebibytes, short } from './support/table.mjs';

const number = (value) => ({ type: 'string', default: String(value) });
const { values } = parseArgs({
  options: {
    rows: number(200_000),
    dim: number(768),
    tasks: number('2,8'),
    overlap: number(0.05),
    eps: number(0.1),
    duplicates: number(0.1),
    'tasks-only': { type: 'boolean', default: false },
    'memory-limit': { type: 'string' },
  },
});
const [rows, dim, overlap, eps, duplicates] = ['rows', 'dim', 'overlap', 'eps', 'duplicates'].map((name) =>
  Number(values[name]),
);
const counts = values.tasks.split(',').map(Number);
const k = Math.max(1, Math.round(rows / 1000));
const limit = values['memory-limit'] === undefined ? [] : ['--memory-limit', values['memory-limit']];

/** Multiply-adds of k-means; the fit has all but those of the assignment. */
function products(n, clusters) {
  const size = { rows: n, sample: Math.min(n, 256 * clusters), k: clusters, dim };
  const isFlat = chooseAlgorithm(size) === 'lloyd';
  const all = (isFlat ? flatProducts : hierarchicalProducts)(size) * dim;
  const fit = (isFlat ? flatProducts : hierarchicalProducts)({ ...size, rows: 0 }) * dim;
  return { fit, assign: all - fit };
}

const sum = (tasks, of) => tasks.reduce((total, task) => total + of(task), 0);
const seconds = (value) =>
  value < 120 ? `${short(value)} s` : value < 7200 ? `${short(value / 60)} min` : `${short(value / 3600)} h`;
/** Bytes of the files below a folder. */
const bytesIn = (folder) =>
  existsSync(folder)
    ? sum(
        readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
        ({ parentPath, name }) => statSync(join(parentPath, name)).size,
      )
    : 0;
const bytes = (value) =>
  value < 2 ** 40 ? `${short(value / 2 ** 30)} GiB` : `${short(value / 2 ** 40)} TiB`;

async function main() {
  const scratch = mkdtempSync(join(tmpdir(), 'nearduck-scale-'));
  try {
    console.log(
      `Machine: ${describeMachine()}; ${rows.toLocaleString('en-US')} rows × ${dim}, ${k} clusters, overlap ${overlap}\n`,
    );
    const made = join(scratch, 'made');
    await generate(made, { rows, dim, duplicates });
    const parts = Math.max(...counts);
    await runCli(scratch, [
      '-c',
      `COPY (SELECT *, hash(id) % ${parts} AS part FROM '${made}/*.parquet') TO '${scratch}/in' (FORMAT parquet, PARTITION_BY (part))`,
    ]);
    rmSync(made, { recursive: true });
    const what = [
      `${scratch}/in`,
      '--clusters',
      String(k),
      '--overlap',
      String(overlap),
      '--eps',
      String(eps),
      '--backend',
      'cpu',
    ];
    console.log(
      '| | CPU time | against dedup | peak memory of a task | duplicates |\n| --- | --- | --- | --- | --- |',
    );
    let whole;
    if (!values['tasks-only']) {
      whole = await runCli(scratch, ['dedup', ...what, ...limit, '--output', `${scratch}/whole`]);
      const { findings } = JSON.parse(readFileSync(`${scratch}/whole/run.json`, 'utf8'));
      console.log(
        `| dedup | ${short(whole.cpuSeconds)} s | 1 | ${mebibytes(whole.peakBytes)} | ${findings.duplicates} |`,
      );
    }
    const against = (cpu) => `${short(cpu)} s | ${whole ? short(cpu / whole.cpuSeconds) : ''}`;
    const steps = [];
    let run;
    for (const tasks of counts) {
      const path = `${scratch}/run-${tasks}`;
      const planned = ['plan', ...what, '--tasks', String(tasks), '--output'];
      let { cpuSeconds: cpu } = await runCli(scratch, [...planned, path]);
      const { plan } = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'));
      const peaks = [];
      for (const step of plan.steps) {
        const between = bytesIn(`${path}/.nearduck`);
        const done = [];
        for (let index = 0; index < step.tasks; index++)
          done.push(await runCli(scratch, ['task', path, step.name, ...limit, '--index', String(index)]));
        const all = sum(done, (task) => task.cpuSeconds);
        const peak = Math.max(...done.map((task) => task.peakBytes));
        const written = step.name === 'finish' ? 0 : bytesIn(`${path}/.nearduck`) - between;
        cpu += all;
        peaks.push(`${step.name} ${mebibytes(peak)}`);
        const took = seconds(sum(done, (task) => task.seconds));
        steps.push([`${step.tasks} × ${step.name}`, took, seconds(all), mebibytes(peak), mebibytes(written)]);
      }
      run = JSON.parse(readFileSync(join(path, 'run.json'), 'utf8'));
      console.log(
        `| ${tasks} tasks, a process each | ${against(cpu)} | ${peaks.join(', ')} | ${run.findings.duplicates} |`,
      );
      if (values['tasks-only']) continue;
      const together = `${path}-together`;
      const { cpuSeconds } = await runCli(scratch, [...planned, together]);
      const all = await runCli(scratch, ['task', together, ...limit]);
      const { findings } = JSON.parse(readFileSync(join(together, 'run.json'), 'utf8'));
      console.log(
        `| ${tasks} tasks, one process | ${against(cpuSeconds + all.cpuSeconds)} | ${mebibytes(all.peakBytes)} | ${findings.duplicates} |`,
      );
    }
    console.log(
      '\n| one after another | time | CPU time | peak memory of a task | writes |\n| --- | --- | --- | --- | --- |',
    );
    for (const row of steps) console.log(`| ${row.join(' | ')} |`);
    estimate(run);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Multiply-adds per second of an H100, as measured: half its float32 TFLOP/s in searches. RESULTS.md has the runs. */
const GPU = 1.25e13;
/** Rows × 768 per second that the machine with that card reads and writes, arithmetic aside. */
const GPU_ROWS = 230_000;

/** Multiply-adds of a run over so many rows, by step. */
function arithmetic(n, clusters, ratio) {
  const { fit, assign } = products(n, clusters);
  // Near borders are looked for among all centroids.
  const near = overlap > 0 ? n * clusters * dim : 0;
  return { fit, assign: assign + near, pairwise: (n * 500 * ratio + 3000 * (n / 2)) * dim };
}

/** What the functions of a step's tasks spend on arithmetic; the rest of the tasks is reading and writing. */
const COMPUTING = { fit: ['k-means'], assign: ['assign', 'overlap'], pairwise: ['pairwise', 'recall'] };

/** Seconds of each step's tasks: of arithmetic, and of all else. */
function timesOf(tasks) {
  const entries = Object.entries(COMPUTING).map(([step, names]) => {
    const own = tasks.filter((task) => task.step === step);
    const computing = sum(own, (task) => sum(names, (name) => task.steps[name] ?? 0));
    return [step, { computing, rest: sum(own, (task) => task.seconds) - computing }];
  });
  return Object.fromEntries(entries);
}

/** What large runs take, from the rates of this one. */
function estimate({ tasks, findings, seconds: { total } }) {
  const memberships = findings.overlap?.memberships ?? 1;
  const ratio = findings.overlap?.pairs ?? 1;
  const own = arithmetic(rows, k, ratio);
  const measured = timesOf(tasks);
  const rate = (step) => own[step] / measured[step].computing;
  const perRow = (step) => measured[step].rest / rows;
  const rates = ['fit', 'assign', 'pairwise'].map(
    (step) => `${step} ${short((2 * rate(step)) / 1e9)} GFLOP/s and ${short(1 / perRow(step))} rows/s beside`,
  );
  console.log(
    `\nRates here: ${rates.join(', ')}, finish ${short(rows / total)} rows/s; ${short(memberships)} clusters per row\n`,
  );
  console.log(
    '| rows | tasks at once | each | fit | assign | pairwise | finish | in all | files between steps | rows per task |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const n of [1e8, 1e9]) {
    const large = arithmetic(n, n / 1000, ratio);
    const shuffled = n * memberships * dim * 4;
    for (const machine of ['this machine', 'an H100']) {
      const isHere = machine === 'this machine';
      const took = (step, count, passes) =>
        (large[step] / (isHere ? rate(step) : GPU) + n * (isHere ? perRow(step) : passes / GPU_ROWS)) / count;
      for (const count of [1, 16, 128]) {
        const steps = [
          took('fit', 1, 1),
          took('assign', count, 1),
          took('pairwise', count, memberships),
          n * (total / rows),
        ];
        console.log(
          `| ${n.toLocaleString('en-US')} | ${count} | ${machine} | ${[...steps, sum(steps, Number)].map(seconds).join(' | ')} | ${bytes(shuffled)} | ${bytes(shuffled / count)} |`,
        );
      }
    }
  }
}

await main();
