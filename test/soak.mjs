// `npm run soak [-- --statements N --seed S]`: mixed statements, interrupts and errors in one session. What the process holds
// after half of them it must still hold at the end, about: memory, descriptors, threads, GPU buffers, temporary files.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Session } from '../dist/index.js';

const { values } = parseArgs({
  options: { statements: { type: 'string', default: '2000' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.statements);

/** What may grow between the middle and the end. */
const LIMITS = {
  residentMiB: 64,
  heapMiB: 16,
  externalMiB: 32,
  descriptors: 4,
  threads: 2,
  gpuMiB: 1,
  gpuBuffers: 4,
  files: 0,
};

const folder = mkdtempSync(join(tmpdir(), 'nearduck-soak-'));
process.env.TMPDIR = folder;

/** Buffers that the WebGPU library made and nobody has destroyed. */
const gpu = { buffers: 0, bytes: 0 };
await countBuffers();

const session = await Session.open({ config: { temp_directory: folder, threads: '2' } });
const { connection } = session;
await connection.run(`
  CREATE TABLE e AS
  SELECT i AS id, list_transform(range(32), lambda j: hash(i * 32 + j) / 1.8e19 - 0.5)::FLOAT[] AS embedding
  FROM range(600) AS t(i);
  CREATE TABLE c AS FROM e JOIN kmeans('e', 4, backend := 'cpu') USING (id);
  CREATE TABLE centroids AS FROM kmeans_centroids('e', 4, backend := 'cpu');
  CREATE TABLE pairs AS FROM pairwise('c', backend := 'cpu');
  CREATE TABLE bad AS SELECT 1 AS id, [0, 0]::FLOAT[] AS embedding;
`);

const STATEMENTS = [
  `FROM kmeans('e', 5, backend := '@')`,
  `FROM kmeans('e', 40, algorithm := 'hierarchical', backend := '@')`,
  `FROM kmeans_centroids('e', 3, backend := '@')`,
  `FROM kmeans_assign('e', 'centroids', backend := '@')`,
  `FROM pairwise('c', backend := '@')`,
  `FROM pairwise('c', cluster := NULL, which_to_keep := 'random', backend := '@')`,
  `FROM pairwise('c', overlap := 0.1, centroids := 'centroids', backend := '@')`,
  `FROM kmeans_pairwise('e', 4, check_rows := 50, backend := '@')`,
  `FROM pairwise_recall('e', 'pairs', 0.1, rows := 50, backend := '@')`,
  `FROM nearest('e', 'e', k := 3, backend := '@')`,
  `FROM similar_pairs('e', 0.3, max_pairs := 200000, backend := '@')`,
  `FROM invalid_embeddings('e')`,
  `CREATE OR REPLACE TABLE t AS FROM kmeans('e', 4, backend := '@')`,
  `PREPARE p AS FROM kmeans('e', $1, backend := '@'); EXECUTE p(3); DEALLOCATE p`,
  `FROM eps_curve('pairs')`,
  // Errors: at bind, while reading, while computing, while scanning.
  `FROM kmeans('e', 0, backend := '@')`,
  `FROM kmeans('nowhere', 3)`,
  `FROM kmeans('bad', 1, backend := '@')`,
  `FROM kmeans('SELECT id, if(id = 599, error(''broken''), embedding) AS embedding FROM e', 3, backend := '@')`,
  `FROM similar_pairs('e', 1, max_pairs := 1, backend := '@')`,
  `SELECT error(id::VARCHAR) FROM kmeans('e', 3, backend := '@')`,
  `FROM read_arrow('nowhere.arrow')`,
];

/** A small generator of numbers in [0, 1): the same statements for the same seed. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomNumbers(Number(values.seed));
const hasGpu = await connection.run(`FROM kmeans('e', 2, backend := 'webgpu')`).then(
  () => true,
  () => false,
);
const backends = hasGpu ? ['cpu', 'cpu', 'webgpu'] : ['cpu'];
if (!hasGpu) console.log('SKIPPED webgpu: no adapter');
const outcomes = { results: 0, errors: 0, interrupts: 0 };

async function step() {
  const backend = backends[Math.floor(random() * backends.length)];
  const limit = ['1GB', '1GB', '8MB'][Math.floor(random() * 3)];
  await connection.run(`SET VARIABLE nearduck_memory_limit = '${limit}'`);
  const sql = STATEMENTS[Math.floor(random() * STATEMENTS.length)].replaceAll('@', backend);
  const stop = random() < 0.2 ? setTimeout(() => connection.interrupt(), random() * 15) : undefined;
  try {
    if (random() < 0.8) await connection.run(sql);
    else await (await connection.stream(sql)).fetchChunk();
    outcomes.results++;
  } catch (error) {
    outcomes[/interrupt/i.test(error.message) ? 'interrupts' : 'errors']++;
  } finally {
    clearTimeout(stop);
  }
}

const half = Math.floor(count / 2);
for (let i = 0; i < half; i++) await step();
const before = await held();
console.log(`after ${half} statements:`, before);
for (let i = half; i < count; i++) await step();
const after = await held();
console.log(`after ${count} statements:`, after, outcomes);
const grown = Object.keys(LIMITS).filter((name) => after[name] - before[name] > LIMITS[name]);
await session.close();
const left = readdirSync(folder);
rmSync(folder, { recursive: true });
for (const name of grown)
  console.error(`${name} grew by ${after[name] - before[name]}, more than ${LIMITS[name]}`);
if (left.length > 0) console.error(`left in the temporary folder: ${left.join(', ')}`);
for (const [name, least] of Object.entries({ results: 0.4, errors: 0.1, interrupts: 0.02 }))
  if (outcomes[name] < least * count) console.error(`only ${outcomes[name]} ${name}: that says little`);
const isFlat = grown.length === 0 && left.length === 0 && outcomes.interrupts >= 0.02 * count;
console.log(isFlat ? 'flat' : 'NOT FLAT');
process.exitCode = isFlat ? 0 : 1;

async function held() {
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (let i = 0; i < 3; i++) globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  const mebibytes = (bytes) => Math.round(bytes / 2 ** 20);
  return {
    residentMiB: mebibytes(rss),
    heapMiB: mebibytes(heapUsed),
    externalMiB: mebibytes(external),
    descriptors: descriptors(),
    threads: Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]),
    gpuMiB: mebibytes(gpu.bytes),
    gpuBuffers: gpu.buffers,
    files: readdirSync(folder).length,
  };
}

function descriptors() {
  return readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`) !== '/proc/self/fd';
    } catch {
      return false;
    }
  }).length;
}

async function countBuffers() {
  const { globals } = await import('webgpu');
  const { GPUDevice, GPUBuffer } = globals;
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  const sizes = new WeakMap();
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    sizes.set(buffer, descriptor.size);
    gpu.buffers++;
    gpu.bytes += descriptor.size;
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    gpu.buffers -= sizes.has(this) ? 1 : 0;
    gpu.bytes -= sizes.get(this) ?? 0;
    sizes.delete(this);
    destroy.call(this);
  };
}
