import * as fc from 'fast-check';

/** The same cases in every `npm test`, so that it says the same of the same code; `npm run fuzz` draws new ones. */
const SEED = 20_261_123;

if (!process.env['NEARDUCK_FUZZ']) fc.configureGlobal({ seed: SEED });
