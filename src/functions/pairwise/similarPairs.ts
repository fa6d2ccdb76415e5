import { quotedIdentifier } from '@duckdb/node-api';
import { booleanColumn, float32Column, inputColumn, int64Column } from '../../columns/computedColumns.ts';
import type { ResultColumn } from '../../columns/column.ts';
import type { NamedColumn } from '../../columns/types.ts';
import { binderError } from '../../errors.ts';
import type { ComputeContext } from '../../connection/job.ts';
import { rankOrder } from '../../algorithms/order/rankOrder.ts';
import { comparedRows, placesIn } from '../../algorithms/pairwise/clusterOrder.ts';
import { similarPairs, type Compared } from '../../algorithms/pairwise/similarPairs.ts';
import type { StepOptions } from '../../algorithms/step.ts';
import { TooManyPairs } from '../../kernels/above.ts';
import { nameAnother, requireColumn } from '../../relation/embeddingType.ts';
import { readRelation, type Expressions, type RelationRows } from '../../relation/readRelation.ts';
import type { Relation } from '../../relation/relation.ts';
import { computeOptions, stepOptions } from '../context.ts';
import { boundColumns, parametersOf } from '../declarations.ts';
import type { Arguments, FunctionDefinition } from '../definition.ts';
import {
  BACKEND,
  EMBEDDING,
  ID,
  kmeansCall,
  ON_INVALID,
  RELATION,
  SEED,
  sourceOf,
  checkBackend,
} from '../kmeansCall.ts';
import { PAIRS_PER_ROW, tooManyPairs } from '../groups/rule.ts';
import { isListOfClusters, listedClusters, listText, ownClusters } from './clusters.ts';
import { fittedClusters } from './fittedClusters.ts';
import { OVERLAP_PARAMETERS, overlapOf } from './overlap.ts';
import { RANKING_PARAMETERS } from './pairwise.ts';
import { clusteredRanking, columnTerm, rankingOf, type Ranking } from './ranking.ts';
import {
  concatExtras,
  EXEMPT_PARAMETERS,
  exemptRowsOf,
  extrasOf,
  type AllRows,
  type ExemptRows,
} from './exemptRows.ts';

/** The rows to compare. */
interface Comparison extends Compared {
  readonly rows: RelationRows;
  /** All rows, including the earlier ones. */
  readonly all: AllRows;
  readonly step: StepOptions;
}

const RETURNS =
  'id, other_id (ranked before it), cosine_sim_score FLOAT, rank BIGINT (1 = kept before all others of the ' +
  'relation), other_rank BIGINT; with copies := false, is_copy BOOLEAN; with against, other_in_against BOOLEAN; ' +
  'with protect, other_protected BOOLEAN';

/** The table function `similar_pairs`. */
export const similarPairsFunction: FunctionDefinition = {
  name: 'similar_pairs',
  description:
    'Finds every pair of rows with cosine_sim_score >= 1 - eps; with `clusters`, inside clusters only.',
  returns: RETURNS,
  positional: [
    RELATION,
    ...parametersOf(`
      eps DOUBLE: pairs have a cosine similarity of at least 1 - eps; from 0 to 1
    `),
  ],
  named: [
    ID,
    EMBEDDING,
    ...parametersOf(`
      clusters BIGINT or NULL := NULL: number of clusters, inside which rows are compared; NULL compares all
        rows with each other
      cluster VARCHAR or NULL := NULL: a column of lists of clusters, instead of \`clusters\`: compares rows
        that share one
      max_pairs BIGINT := 100 * rows: maximum number of pairs; more are an error that gives their number
      copies BOOLEAN := true: with false, rows with the same bytes as an earlier row have only one pair, with
        the first such row (is_copy), so that a million copies make a million pairs; duplicate_groups accepts
        this form
    `),
    ...OVERLAP_PARAMETERS,
    {
      ...RANKING_PARAMETERS[0],
      default: "by id, or 'hard' with `clusters`",
      description: `${RANKING_PARAMETERS[0].description}; by id, lower ids rank first`,
    },
    ...RANKING_PARAMETERS.slice(1),
    ...EXEMPT_PARAMETERS,
    SEED,
    ON_INVALID,
    BACKEND,
  ],
  example: `FROM similar_pairs('embeddings', 0.01) ORDER BY id`,
  bind(call, relationOf) {
    const { functionName } = call;
    const eps = call.share('eps');
    const maxPairs = call.has('max_pairs') ? call.integer('max_pairs', 1) : undefined;
    const hasClusters = call.isGiven('clusters');
    const hasLists = call.isGiven('cluster');
    if (hasClusters && hasLists)
      throw binderError(`${functionName}: cluster and clusters cannot be combined; leave out one`);
    const copies = call.flag('copies');
    const source = sourceOf(call, relationOf);
    const { id } = source;
    const lists = hasLists ? listsOf(call, source.relation) : undefined;
    const exempt = exemptRowsOf(call, source, relationOf, lists);
    const compare = hasClusters
      ? insideClusters(call, relationOf, exempt)
      : allRows(call, relationOf, exempt, lists);
    return {
      columns: boundColumns(RETURNS, { id: id.type }, [
        !copies && 'copies := false',
        exempt.against && 'against',
        exempt.protects && 'protect',
      ]),
      async compute(context) {
        const { rows, all, step, ...compared } = await compare(context);
        try {
          if (!rows.store) return { rowCount: 0, columns: [] };
          const limit = maxPairs ?? PAIRS_PER_ROW * rows.rowCount;
          const wanted = { score: 1 - eps, limit, copies };
          const found = await similarPairs(rows.store, compared, wanted, step).catch((error: unknown) => {
            throw error instanceof TooManyPairs
              ? tooMany(functionName, eps, error.count, maxPairs, rows)
              : error;
          });
          const places = placesIn(compared.order);
          // Ranks of earlier rows are 0 and less.
          const first = 1 - (compared.order.length - rows.rowCount);
          const ranks = (of: Int32Array): ResultColumn =>
            int64Column(BigInt64Array.from(of, (row) => BigInt(places[row] + first)));
          return {
            rowCount: found.row.length,
            columns: [
              inputColumn(rows.ids, found.row),
              inputColumn(all.ids, found.other),
              float32Column(found.score),
              ranks(found.row),
              ranks(found.other),
              ...(copies ? [] : [booleanColumn((pair) => pair >= found.firstCopy)]),
              ...(exempt.against ? [all.areEarlier(found.other)] : []),
              ...(exempt.protects ? [all.areProtected(found.other)] : []),
            ],
          };
        } finally {
          rows.store?.close();
        }
      },
    };
  },
};

type Compare = (context: ComputeContext) => Promise<Comparison>;

/** Compares rows inside the clusters of k-means. They are ranked like in `kmeans_pairwise`. */
function insideClusters(
  call: Arguments,
  relationOf: (text: string) => Relation,
  exempt: ExemptRows,
): Compare {
  const bound = kmeansCall(call, relationOf, 'clusters');
  const ranking = clusteredRanking(call, bound.source.relation);
  const overlap = overlapOf(call);
  return async (context) => {
    const extras = await extrasOf(context, ranking, exempt);
    const { rows, more, fitted, step } = await bound.run(context, extras, exempt.read);
    const all = more!;
    try {
      const ranked = all.rank(ranking.order(rows, fitted.assigned));
      const sample = new Int32Array(0);
      const { clusters } = await fittedClusters(
        rows.store!,
        fitted,
        overlap,
        { ...ranked, sample, among: ranked },
        step,
      );
      return { rows, all, step, clusters, ...ranked };
    } catch (error) {
      rows.store?.close();
      throw error;
    }
  };
}

/** The column of lists that `cluster` names. */
function listsOf(call: Arguments, relation: Relation): NamedColumn {
  const column = requireColumn(call.functionName, relation, call.text('cluster'), nameAnother('cluster'));
  const { name, type } = column;
  if (isListOfClusters(type)) return column;
  throw binderError(
    `${call.functionName}: cluster column ${quotedIdentifier(name)} must be INTEGER[], got ` +
      `${type.toString()}; pass a SELECT that converts it to a list`,
  );
}

/** Compares all rows, or those that share a cluster in their lists, ranked as requested or by id. */
function allRows(
  call: Arguments,
  relationOf: (text: string) => Relation,
  exempt: ExemptRows,
  lists?: NamedColumn,
): Compare {
  const source = sourceOf(call, relationOf);
  if (overlapOf(call))
    throw binderError(`${call.functionName}: overlap needs clusters; leave it out, or set clusters := …`);
  const isRanked = call.isGiven('which_to_keep') || call.isGiven('rank_by');
  const ranking = isRanked ? rankingOf(call, source.relation) : BY_ID;
  const seed = call.integer('seed', 0);
  const backend = checkBackend(call);
  const keys: Expressions = lists ? { lists: [listText(lists.name)] } : {};
  return async (context) => {
    const options = await computeOptions(context, call, backend);
    const extras = { ...keys, ...(await extrasOf(context, ranking, exempt)) };
    const rows = await readRelation(source, { ...options, seed, extras });
    try {
      const step = await stepOptions(context, options);
      const all = await exempt.read(rows, options, keys);
      const ranked = all.rank(ranking.order(rows));
      const { memberships, clusters } = lists
        ? listedClusters(concatExtras(rows, all, 'lists')[0])
        : ownClusters(undefined, ranked.order.length);
      return { rows, all, step, clusters: comparedRows(memberships, clusters, ranked), ...ranked };
    } catch (error) {
      rows.store?.close();
      throw error;
    }
  };
}

const BY_ID: Ranking = {
  expressions: async () => ({}),
  order: ({ ids }) => rankOrder(ids.length, [columnTerm(ids)]),
};

function tooMany(
  functionName: string,
  eps: number,
  count: number,
  maxPairs: number | undefined,
  { rowCount }: RelationRows,
): Error {
  const limit = maxPairs ?? PAIRS_PER_ROW * rowCount;
  const perRow = maxPairs === undefined ? `, ${PAIRS_PER_ROW} per row` : '';
  return tooManyPairs(
    functionName,
    { eps, count, rows: rowCount, limit: `max_pairs (${limit}${perRow})` },
    `, or raise max_pairs := ${count}`,
  );
}
