import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { RULES, type Rule } from '../../algorithms/groups/groups.ts';
import { invalidInputError } from '../../errors.ts';
import type { Arguments, Parameter } from '../definition.ts';

const MEANING = `'chain' drops a row when any row ranked before it is within eps, 'covered' when a kept row ranked before it is within eps, 'components' keeps the first row of each connected component`;

/** How `duplicate_groups` says which rows are dropped. */
export const RULE: Parameter = {
  name: 'rule',
  type: VARCHAR,
  default: `'chain'`,
  choices: RULES,
  description: MEANING,
};

/** How `kmeans_pairwise` says it. */
export const KEPT_BY: Parameter = {
  ...RULE,
  default: 'none',
  description: `finds the groups of duplicates at eps as well, as duplicate_groups does, and adds the columns kept_id and kept_score; ${MEANING}`,
};

export const EPS: Parameter = {
  name: 'eps',
  type: DOUBLE,
  description: 'from 0 to 1: rows are similar with cosine_sim_score >= 1 - eps and above 0',
};

/** @throws NearduckError (Binder Error). */
export const ruleOf = (call: Arguments): Rule => call.choice('rule');

/** Pairs per row, on average, beyond which eps is too wide. */
export const PAIRS_PER_ROW = 100;

/** More pairs than a function may return or hold; `remedy` follows the advice to choose a smaller eps. */
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
    `${functionName}: eps ${eps} is too wide: ${count} pairs of ${rows} rows are that similar, more than ${limit}; choose a smaller eps${remedy}`,
  );
}
