import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { programsOf, typeErrors } from './programs.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('a wrong option in a program is found', () => {
  const code = `import { kmeans } from 'nearduck/kysely';\nkmeans('clips', { k: 2, maxIterations: 3 });\n`;
  expect(programsOf(`\`\`\`ts\n${code}\`\`\`\n`)).toEqual([{ code, output: '' }]);
  expect(typeErrors(code, root)).toEqual([
    expect.stringContaining(`'maxIterations' does not exist in type '`),
  ]);
});
