import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { buildBundles } from './buildBundles.ts';

// Run by `npm run build` as dist/buildAssets.js: puts what the compiler leaves out beside the compiled files.
const dist = fileURLToPath(new URL('.', import.meta.url));
const src = fileURLToPath(new URL('../src/', import.meta.url));

cpSync(src, dist, {
  recursive: true,
  filter: (path) => !/\.(?!wgsl$|wasm$|html$|css$)\w+$/.test(path) && !/(?:assembly|client)$/.test(path),
});
await buildBundles();
chmodSync(`${dist}cli/main.js`, 0o755);

// The report's page: its script in one piece, with the library that draws the charts.
await build({
  input: `${src}report/client/main.ts`,
  output: { file: `${dist}report/page/report.js`, format: 'iife', minify: true },
  platform: 'browser',
});
const chartStyle = createRequire(import.meta.url).resolve('uplot/dist/uPlot.min.css');
writeFileSync(
  `${dist}report/page/report.css`,
  readFileSync(chartStyle, 'utf8') + readFileSync(`${src}report/page/report.css`, 'utf8'),
);
