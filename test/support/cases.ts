/** `npm run fuzz -- --cases 10000` draws the usual number of cases of every kind, and N draws N / 10,000 times as many. */
const USUAL = 10_000;
/** The cases of one `npm test`. */
const IN_TEST = 2000;

/** Number of cases for a property whose usual number is `usual`. */
export const caseCount = (usual: number): number =>
  Math.ceil((usual * Number(process.env['NEARDUCK_FUZZ_CASES'] ?? IN_TEST)) / USUAL);
