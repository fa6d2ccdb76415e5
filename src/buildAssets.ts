import { chmodSync, cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Run by `npm run build` as dist/buildAssets.js: puts what the compiler leaves out beside the compiled files.
const dist = fileURLToPath(new URL('.', import.meta.url));
const src = fileURLToPath(new URL('../src/', import.meta.url));

cpSync(src, dist, {
  recursive: true,
  filter: (path) => !/\.(?!wgsl$|wasm$)\w+$/.test(path) && !path.endsWith('assembly'),
});
chmodSync(`${dist}cli/main.js`, 0o755);
