import { dirname, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'rolldown';

const dist = fileURLToPath(new URL('.', import.meta.url));
const isOurs = (id: string): boolean => id.startsWith(dist);
const isPackage = (id: string): boolean => /^[@a-z]/.test(id);

/** Files beside a module are still found from where its bundle is. */
const keepUrls = (folder: string): Plugin => ({
  name: 'keep-urls',
  transform(code, id) {
    if (!isOurs(id)) return undefined;
    const path = relative(folder, id).split(sep).join('/');
    return code.replaceAll('import.meta.url', `new URL(${JSON.stringify(path)}, import.meta.url).href`);
  },
});

/**
 * As an ES module, Node reads each of the package's 140 files twice to find its exports: 0.1 s of CPU time.
 */
const COMMON_JS = '@duckdb/node-api';
const REQUIRED = `\0${COMMON_JS}.cjs`;
const requireCommonJs: Plugin = {
  name: 'require-common-js',
  resolveId: {
    order: 'pre',
    handler: (id) => (id === COMMON_JS ? REQUIRED : undefined),
  },
  load: (id) => (id === REQUIRED ? `module.exports = require(${JSON.stringify(COMMON_JS)});` : undefined),
};

/** Returns true when a bundle leaves a module to Node. */
const isExternal = (id: string, importer?: string): boolean =>
  isPackage(id) && (id !== COMMON_JS || importer === REQUIRED);

/**
 * Puts the command line, and each worker, in a few files in place of hundreds: reading these takes most of
 * the time of a short command. Replaces the compiled files; the library keeps its own.
 */
export async function buildBundles(): Promise<void> {
  const cli = `${dist}cli`;
  const plugins = (folder: string): Plugin[] => [keepUrls(folder), requireCommonJs];
  await build({
    input: `${cli}/main.js`,
    output: { dir: cli, cleanDir: true, chunkFileNames: '[name].js' },
    platform: 'node',
    external: isExternal,
    plugins: plugins(cli),
  });
  for (const path of ['kernels/cpu/lanes/laneWorker.js', 'relation/normalizeWorker.js']) {
    const file = `${dist}${path}`;
    await build({
      input: file,
      output: { file },
      platform: 'node',
      external: isExternal,
      plugins: plugins(dirname(file)),
    });
  }
}
