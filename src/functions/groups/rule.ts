import { RULES, type Rule } from '../../algorithms/groups/groups.ts';
import { invalidInputError } from '../../errors.ts';
import { parametersOf } from '../declarations.ts';
import type { Arguments } from '../definition.ts';

const MEANING =
  `'chain' drops a row when any row ranked before it is within eps, 'covered' when a kept row ` +
  `ranked before it is within eps, 'components' keeps the first row of each connected component`;

/** The parameter `rule` of `duplicate_groups` and of `kmeans_pairwise`, and the `eps` of groups. */
export const [RULE, KEPT_BY, EPS] = parametersOf(`
  rule VARCHAR := 'chain' in (${RULES.join(', ')}): ${MEANING}
  rule VARCHAR := none in (${RULES.join(', ')}): also finds the groups of duplicates at eps, like
    duplicate_groups, and adds the columns kept_id and kept_score; ${MEANING}
  eps DOUBLE: rows are similar if cosine_sim_score >= 1 - eps and > 0; from 0 to 1
`);

/** @throws NearduckError (Binder Error). */
export const ruleOf = (call: Arguments): Rule => call.choice('rule');

/** Pairs per row, on average, above which eps is too large. */
export const PAIRS_PER_ROW = 100;

/** The error for too many pairs. `remedy` follows the advice to choose a smaller eps. */
export function tooManyPairs(
  functionName: string,
  {
    eps,
    count,
    rows,
    limit,
  }: { readonly eps: number; readonly count: number; readonly rows: number; readonly limit: string },
  remedy: string,
): Error {
  return invalidInputError(
    `${functionName}: eps ${eps} is too large: ${count} pairs of ${rows} rows are within it, more ` +
      `than ${limit}; choose a smaller eps${remedy}`,
  );
}
