import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from '../functions/catalogue.ts';
import { SQL_DIRECTORY } from '../session/session.ts';
import { withReference } from './functionReference.ts';

// Run by `npm run docs` as dist/docs/writeReference.js: writes the generated sections of the README anew.
const readme = new URL('../../README.md', import.meta.url);
const macros = readFileSync(new URL('macros.sql', SQL_DIRECTORY), 'utf8');
writeFileSync(readme, withReference(readFileSync(readme, 'utf8'), catalogue, macros));
