import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from '../functions/catalogue.ts';
import { withReference } from './functionReference.ts';
import { kyselyHelpers } from './kyselyHelpers.ts';

// Run by `npm run docs` as dist/docs/writeReference.js. Generates from the catalogue the sections of
// sql/README.md and the helpers in src/kysely/.
const reference = new URL('../../sql/README.md', import.meta.url);
writeFileSync(reference, withReference(readFileSync(reference, 'utf8'), catalogue));
for (const [path, text] of kyselyHelpers(catalogue))
  writeFileSync(new URL(`../../src/kysely/${path}`, import.meta.url), text);
