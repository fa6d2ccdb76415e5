import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The packages that `code` loads. A hook sees every import; `require.cache` contains the rest. */
async function loadedBy(code: string): Promise<string[]> {
  const hook = `
    import { writeSync } from 'node:fs';
    export async function load(url, context, next) {
      writeSync(1, url + '\\n');
      return next(url, context);
    }`;
  const program = `
    import { createRequire, register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    ${code}
    for (const path of Object.keys(createRequire(import.meta.url).cache)) console.log(path);`;
  const args = ['--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
  const names = stdout.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  return [...new Set([...names].map(([, name]) => name))].sort();
}

const HEAVY = [
  '@aws-sdk/credential-providers',
  '@smithy/core',
  'apache-arrow',
  'kysely',
  'onnxruntime-node',
  'webgpu',
];
const heavy = (names: readonly string[]): string[] => names.filter((name) => HEAVY.includes(name));
const SESSION = `
  const { Session } = await import('nearduck');
  const session = await Session.open();
  await session.run('SELECT 1');
  await session.close();`;

test('the main entry and a session without computation load DuckDB, and nothing that is only needed at times', async () => {
  const names = await loadedBy(SESSION);
  expect(names).toContain('@duckdb/node-api');
  expect(heavy(names)).toEqual([]);
});

test('the Kysely entry loads Kysely', async () => {
  expect(heavy(await loadedBy(`await import('nearduck/kysely')`))).toEqual(['kysely']);
});
