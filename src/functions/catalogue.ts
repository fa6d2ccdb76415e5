import { macroScript } from '../sqlScripts.ts';
import { columnsOf } from './declarations.ts';
import type { CatalogueEntry, FunctionDefinition } from './definition.ts';
import { embeddingHealthFunction } from './embeddingHealth.ts';
import { duplicateGroupsFunction } from './groups/duplicateGroups.ts';
import { invalidEmbeddingsFunction } from './invalidEmbeddings.ts';
import { kmeansFunction } from './kmeans.ts';
import { kmeansAssignFunction } from './kmeansAssign.ts';
import { kmeansCentroidsFunction } from './kmeansCentroids.ts';
import { kmeansPairwiseFunction } from './pairwise/kmeansPairwise.ts';
import { overlapForRecallFunction } from './pairwise/overlapForRecall.ts';
import { pairwiseFunction } from './pairwise/pairwise.ts';
import { pairwiseRecallFunction } from './pairwise/pairwiseRecall.ts';
import { similarPairsFunction } from './pairwise/similarPairs.ts';
import { macrosOf } from './macros.ts';
import { nearestFunction } from './nearest.ts';
import { readArrowFunction } from './readArrow.ts';
import { readNpyFunction } from './readNpy.ts';

/** The table functions in the order of the documentation. */
export const tableFunctions: readonly FunctionDefinition[] = [
  kmeansFunction,
  kmeansCentroidsFunction,
  kmeansAssignFunction,
  pairwiseFunction,
  kmeansPairwiseFunction,
  overlapForRecallFunction,
  pairwiseRecallFunction,
  nearestFunction,
  similarPairsFunction,
  duplicateGroupsFunction,
  invalidEmbeddingsFunction,
  embeddingHealthFunction,
  readArrowFunction,
  readNpyFunction,
];

function entryOf(definition: FunctionDefinition): CatalogueEntry {
  const parameters = [...definition.positional, ...definition.named].map(
    ({ name, type, isList, default: fallback, choices, takesNull, description }) => ({
      name,
      type: isList ? `${type.toString()} or ${type.toString()}[]` : type.toString(),
      default: fallback,
      choices,
      takesNull,
      description,
    }),
  );
  const signature = parameters.map(({ name, default: fallback }) =>
    fallback === undefined ? name : `${name} := ${fallback}`,
  );
  const { name, description, returns, example } = definition;
  return {
    name,
    kind: 'table function',
    signature: `${name}(${signature.join(', ')})`,
    description,
    returns,
    columns: columnsOf(returns),
    example,
    parameters,
  };
}

/** The catalogue of some table functions and all macros. */
export const catalogueOf = (functions: readonly FunctionDefinition[]): readonly CatalogueEntry[] => [
  ...functions.map(entryOf),
  ...macrosOf(macroScript()),
];

/** Everything nearduck adds to DuckDB SQL: table functions, then macros. */
export const catalogue = catalogueOf(tableFunctions);
