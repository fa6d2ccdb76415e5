import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { ClusteredRows } from './support/clusteredRows.mjs';
import { writeEmbeddings } from './support/parquetWriter.mjs';

const USAGE = `node test/bench/generate.mjs DIR [--rows 100000] [--dim 768] [--clusters rows/400] [--duplicates 0.1] [--seed 1]
Writes DIR/part-*.parquet (id VARCHAR, embedding FLOAT[]), the same bytes of rows for the same numbers.`;

/**
 * Writes a set of embeddings with near-duplicates. The default has more centres than k-means gets clusters, so that there is
 * something left to iterate on.
 * @param {string} directory
 * @param {{ rows: number, dim?: number, clusters?: number, duplicates?: number, seed?: number }} options
 */
export async function generate(directory, options) {
  const {
    rows,
    dim = 768,
    clusters = Math.max(20, Math.round(rows / 400)),
    duplicates = 0.1,
    seed = 1,
  } = options;
  await writeEmbeddings(directory, { rows, dim, seed }, (part) => {
    const stream = new ClusteredRows({ dim, clusters, duplicates, seed }, part);
    return (target, count) => stream.take(target, count);
  });
}

async function main() {
  const number = { type: 'string' };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rows: number, dim: number, clusters: number, duplicates: number, seed: number },
  });
  if (positionals.length !== 1) throw new Error(USAGE);
  const options = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
  const start = performance.now();
  await generate(positionals[0], { rows: 100_000, ...options });
  const { maxRSS } = process.resourceUsage();
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${positionals[0]}: written in ${seconds} s, peak memory ${Math.round(maxRSS / 1024)} MiB`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
