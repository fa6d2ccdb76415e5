import { writeFileSync } from 'node:fs';
import { kyselyHelpers } from './docs/kyselyHelpers.ts';
import { catalogue } from './functions/catalogue.ts';

// Run by `npm run build` before the compiler, bundled as dist/buildHelpers.js: writes the typed helpers for Kysely.
writeFileSync(new URL('../src/kysely/helpers.ts', import.meta.url), kyselyHelpers(catalogue));
