import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quotedString } from '@duckdb/node-api';
import { Session } from '../../dist/index.js';
import { generate } from './generate.mjs';
import { runPeer } from './parts/endToEnd.mjs';
import { findPython } from './support/python.mjs';
import { short } from './support/table.mjs';
import { wordVectors } from './support/wordVectors.mjs';

// k-means against FAISS, and hierarchical k-means against flat: the sum of squared distances of all rows to their centroids
// must not be more than 1 % above what FAISS reaches in 25 iterations, nor above the flat one.
// node test/bench/quality.mjs; exit code 1 when a set is worse.

const WORST = 1.01;
const SEEDS = [1, 2, 3];
const CLIPS = fileURLToPath(new URL('../../fixtures/clips/ce1_embd_parquet', import.meta.url));
const WORD_ROWS = 100_000;

const scratch = mkdtempSync(join(tmpdir(), 'nearduck-quality-'));
const python = await findPython();
const session = await Session.open({ backend: 'cpu' });

/** @type {{ name: string, k: number, data: () => Promise<string> | string }[]} */
const sets = [
  { name: 'clips (1,371 × 576)', k: 20, data: () => CLIPS },
  { name: 'clips (1,371 × 576)', k: 100, data: () => CLIPS },
  { name: `word vectors (${WORD_ROWS.toLocaleString('en-US')} × 100)`, k: 100, data: words },
  { name: `word vectors (${WORD_ROWS.toLocaleString('en-US')} × 100)`, k: 1000, data: words },
  { name: 'generated (50,000 × 256)', k: 50, data: generated },
  { name: 'generated (50,000 × 256)', k: 500, data: generated },
];

/** Where rows go through branches too. */
const many = [
  ...sets,
  { name: `word vectors (${WORD_ROWS.toLocaleString('en-US')} × 100)`, k: 4000, data: words },
  { name: 'generated (50,000 × 256)', k: 2500, data: generated },
];

const words = () => wordVectors(join(scratch, 'words'), WORD_ROWS);

async function generated() {
  const data = join(scratch, 'generated');
  if (!existsSync(data)) await generate(data, { rows: 50_000, dim: 256 });
  return data;
}

async function ours(data, k, seed, algorithm = 'lloyd') {
  const call = `kmeans(${quotedString(join(data, '*.parquet'))}, ${k}, seed := ${seed}, algorithm := '${algorithm}')`;
  const reader = await session.connection.runAndReadAll(
    `SELECT sum(l2_dist_to_cent::DOUBLE ** 2) FROM ${call}`,
  );
  return Number(reader.getRows()[0][0]);
}

async function peer(data, k, seed) {
  const { inertia } = await runPeer(python.command, data, ['--clusters', k, '--seed', seed]);
  return inertia;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function each(body) {
  const values = [];
  for (const seed of SEEDS) values.push(await body(seed));
  return values;
}

const percent = (value) => `${(value * 100).toFixed(2)} %`;

async function againstFaiss() {
  console.log('| Data | k | Inertia, ours | Inertia, FAISS | Ours ÷ FAISS | Spread of ours over seeds |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const { name, k, ...set } of sets) {
    const directory = python.command ? await set.data() : new Error(python.reason);
    if (directory instanceof Error) {
      console.log(`| ${name} | ${k} | skipped: ${directory.message} | | | |`);
      continue;
    }
    const own = await each((seed) => ours(directory, k, seed));
    const ratio = mean(own) / mean(await each((seed) => peer(directory, k, seed)));
    const spread = percent(Math.max(...own) / Math.min(...own) - 1);
    console.log(
      `| ${name} | ${k} | ${short(mean(own))} | ${short(mean(own) / ratio)} | ${judged(ratio)} | ${spread} |`,
    );
  }
}

async function againstFlat() {
  console.log('\n| Data | k | Inertia, hierarchical | Inertia, flat | Hierarchical ÷ flat |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const { name, k, ...set } of many) {
    const directory = await set.data();
    if (directory instanceof Error) {
      console.log(`| ${name} | ${k} | skipped: ${directory.message} | | |`);
      continue;
    }
    const tree = mean(await each((seed) => ours(directory, k, seed, 'hierarchical')));
    const flat = mean(await each((seed) => ours(directory, k, seed)));
    console.log(`| ${name} | ${k} | ${short(tree)} | ${short(flat)} | ${judged(tree / flat)} |`);
  }
}

function judged(ratio) {
  if (ratio > WORST) process.exitCode = 1;
  return ratio <= WORST ? ratio.toFixed(4) : `${ratio.toFixed(4)} (worse than ${WORST})`;
}

try {
  await againstFaiss();
  await againstFlat();
} finally {
  await session.close();
  rmSync(scratch, { recursive: true, force: true });
}
