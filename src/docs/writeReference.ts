import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from '../functions/catalogue.ts';
import { withReference } from './functionReference.ts';

// Run by `npm run docs` as dist/docs/writeReference.js: writes the generated sections of the README anew.
const readme = new URL('../../README.md', import.meta.url);
writeFileSync(readme, withReference(readFileSync(readme, 'utf8'), catalogue));
