/** Cases of one `npm test`; `npm run fuzz -- --cases N` draws more of every kind. */
const USUAL = 10_000;

/** How many cases a property gets that has `usual` of them in `npm test`. */
export const caseCount = (usual: number): number =>
  Math.ceil((usual * Number(process.env['NEARDUCK_FUZZ_CASES'] ?? USUAL)) / USUAL);
