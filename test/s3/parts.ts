import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

/**
 * DuckDB's httpfs outside DuckDB's own host: PyPI has it for this version alone, and it loads into no other. So the tests run
 * a copy of `dist/` over a DuckDB of that version.
 */
const HTTPFS = '1.5.5';
const DUCKDB = '1.5.5-r.5';
const GATEWAY = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Kept between runs. */
const folder = join(root, '.s3');

/** The external programs that the tests need. */
export interface Parts {
  /** nearduck's command, with the DuckDB version of httpfs. */
  readonly cli: string;
  readonly httpfs: string;
  /** An S3 server: versitygw. */
  readonly gateway: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Undefined when one of them is not available. */
    parts: Parts | undefined;
  }
}

export default function setup(project: TestProject): void {
  try {
    project.provide('parts', { cli: privateCopy(), httpfs: httpfs(), gateway: gateway() });
  } catch (error) {
    project.provide('parts', undefined);
    console.warn(`\n*** SKIPPED all tests against a real S3 server: ${(error as Error).message}\n`);
  }
}

function run(what: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  try {
    execFileSync(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: Buffer };
    throw new Error(`no ${what}: ${stderr?.toString().trim() || message}`, { cause: error });
  }
}

function privateCopy(): string {
  mkdirSync(folder, { recursive: true });
  const { version, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  const dependencies = { '@duckdb/node-api': DUCKDB, '@duckdb/node-bindings': DUCKDB };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'nearduck', private: true, type: 'module', version, imports, dependencies }),
  );
  const installed = join(folder, 'node_modules', '@duckdb', 'node-api', 'package.json');
  if (!existsSync(installed) || !readFileSync(installed, 'utf8').includes(`"version": "${DUCKDB}"`))
    run(`DuckDB ${DUCKDB}`, 'npm', ['install', '--no-audit', '--no-fund', '--no-package-lock']);
  for (const name of ['dist', 'sql']) {
    rmSync(join(folder, name), { recursive: true, force: true });
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  // Other packages are found in the folder above.
  return join(folder, 'dist', 'cli', 'main.js');
}

function httpfs(): string {
  const file = join(
    folder,
    'wheel/duckdb_extension_httpfs/extensions',
    `v${HTTPFS}`,
    'httpfs.duckdb_extension',
  );
  if (existsSync(file)) return file;
  const wanted = `duckdb-extension-httpfs==${HTTPFS}`;
  const into = ['--no-deps', '--only-binary', ':all:', '--target', 'wheel', wanted];
  run('httpfs', 'python3', ['-m', 'pip', 'install', '--quiet', ...into]);
  return file;
}

function gateway(): string {
  const places = [join(folder, 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  const found = places.map((place) => join(place, 'versitygw')).find(existsSync);
  if (found !== undefined) return found;
  run('versitygw', 'go', ['install', GATEWAY], { GOBIN: join(folder, 'bin') });
  return join(folder, 'bin', 'versitygw');
}
