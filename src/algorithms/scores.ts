/** Equal rows score at least this much on every backend. */
export const EQUAL_SCORE = 0.9999;

/** Evaluates the rule of the macro `is_duplicate`. Score 0 means that no row is similar, for any eps. */
export const isDuplicate = (score: number, eps: number): boolean =>
  Number.isFinite(score) && score > 0 && score >= 1 - eps;
