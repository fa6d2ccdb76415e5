/** The macro `is_duplicate` as SQL, for connections without macros. It is false for NULL. */
export const duplicateCondition = (score: string, eps: number): string =>
  `(coalesce(isfinite(${score}), false) AND ${score} > 0 AND ${score}::DOUBLE >= 1::DOUBLE - ${eps}::DOUBLE)`;
