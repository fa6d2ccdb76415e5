import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import type { BackendName } from '../../src/kernels/backends.ts';
import type { Kernels } from '../../src/kernels/kernels.ts';
import { createWebGpuKernels } from '../../src/kernels/webgpu/index.ts';
import { Session } from '../../src/session/session.ts';
import { availability, backendsUsed } from '../support/backends.ts';
import { runSqlTest } from '../support/runSqlTest.ts';
import { parseSqlTest, type SqlTest } from '../support/sqllogic.ts';

// To open a device and compile its shaders takes longer than most files do: all sessions here share one. Its tiles
// are small, as the tables are: test/kernels has tiles of the default size.
vi.mock('../../src/kernels/backends.ts', async (importOriginal) => {
  const { backends, ...rest } = await importOriginal<typeof import('../../src/kernels/backends.ts')>();
  let shared: Promise<Kernels> | undefined;
  const open = async (): Promise<Kernels> =>
    Object.assign(await createWebGpuKernels({ tile: 64 }), { close: async () => {} });
  return { ...rest, backends: { ...backends, webgpu: () => (shared ??= open()) } };
});

const FOLDER = new URL('./', import.meta.url);
/** Extensions linked into DuckDB; `require` of another one skips the file. */
const BUILT_IN = ['core_functions', 'icu', 'json', 'parquet'];

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test'))
  .sort();
const webgpu = await availability('webgpu');
if (!webgpu.available) console.warn(`SKIPPED test/sql on webgpu: ${webgpu.reason}`);

/** What a file changes outside its database. */
const LASTING = /\b(?:SET|TEMP|ATTACH|LOAD|PRAGMA|PREPARE|BEGIN)\b/;
const shared = new Map<BackendName, Promise<Session>>();
afterAll(async () => {
  for (const session of shared.values()) await (await session).close();
});

/** Gives a file a database of its own, in a session of its own if need be: to open one takes longer than most files. */
async function withDatabase(
  backend: BackendName,
  isAlone: boolean,
  run: (session: Session) => Promise<void>,
): Promise<void> {
  if (isAlone) {
    await using session = await Session.open({ backend });
    await run(session);
    return;
  }
  if (!shared.has(backend)) shared.set(backend, Session.open({ backend }));
  const session = await shared.get(backend)!;
  await session.connection.run(`ATTACH ':memory:' AS test; USE test`);
  try {
    await run(session);
  } finally {
    await session.connection.run('USE memory; DETACH test');
  }
}

/** Software adapters are slow, so WebGPU runs only the files that ask for it. */
const backendsOf = ({ backends }: SqlTest): readonly string[] => backends ?? ['cpu', 'reference'];

describe.each(files)('%s', { timeout: 60_000 }, (file) => {
  const text = readFileSync(new URL(file, FOLDER), 'utf8');
  for (const backend of backendsOf(parseSqlTest(text))) {
    test(backend, async ({ skip }) => {
      skip(backend === 'webgpu' && !webgpu.available, 'no webgpu adapter');
      const folder = mkdtempSync(join(tmpdir(), 'nearduck-test-'));
      try {
        const parsed = parseSqlTest(text, { backend, folder });
        const missing = parsed.requires.filter((name) => !BUILT_IN.includes(name));
        skip(missing.length > 0, `needs ${missing.join(', ')}`);
        await withDatabase(backend as BackendName, LASTING.test(text), async (session) => {
          await runSqlTest(session, parsed.records, `test/sql/${file}`);
          for (const used of await backendsUsed(session)) expect(used).toBe(backend);
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
