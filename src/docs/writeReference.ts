import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from '../functions/catalogue.ts';
import { withReference } from './functionReference.ts';

// Run by `npm run docs` as dist/docs/writeReference.js. Generates sections of sql/README.md from the catalogue.
const reference = new URL('../../sql/README.md', import.meta.url);
writeFileSync(reference, withReference(readFileSync(reference, 'utf8'), catalogue));
