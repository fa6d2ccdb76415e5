/** Equal rows score at least this much, whatever the arithmetic. */
export const EQUAL_SCORE = 0.9999;

/** What the macro `is_duplicate` says. Score 0 says that no row is similar, whatever eps is. */
export const isDuplicate = (score: number, eps: number): boolean =>
  Number.isFinite(score) && score > 0 && score >= 1 - eps;
