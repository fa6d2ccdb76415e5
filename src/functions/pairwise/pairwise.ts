import { type DuckDBConnection, DuckDBTypeId, quotedIdentifier } from '@duckdb/node-api';
import { isColumnType } from '../../columns/createColumn.ts';
import {
  float32Column,
  inputColumn,
  int64Column,
  sparseFloat32Column,
} from '../../columns/computedColumns.ts';
import type { NamedColumn } from '../../columns/types.ts';
import { comparedRows, rankedAmong } from '../../algorithms/pairwise/clusterOrder.ts';
import { pairwise } from '../../algorithms/pairwise/pairwise.ts';
import { ranksOf } from '../../algorithms/order/rankOrder.ts';
import { binderError } from '../../errors.ts';
import { collated } from '../../relation/expression.ts';
import { nameAnother, requireColumn } from '../../relation/embeddingType.ts';
import { readRelation, type Expressions } from '../../relation/readRelation.ts';
import type { Relation } from '../../relation/relation.ts';
import { checkedScores, trueRows } from './checkedScores.ts';
import {
  isListOfClusters,
  listedClusters,
  listText,
  modelOf,
  overlappingClusters,
  ownClusters,
} from './clusters.ts';
import { computeOptions, stepOptions } from '../context.ts';
import { boundColumns, parametersOf, type Parameter } from '../declarations.ts';
import type { FunctionDefinition } from '../definition.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION, SEED, sourceOf } from '../kmeansCall.ts';
import { OVERLAP_PARAMETERS, overlapOf } from './overlap.ts';
import { rankingOf } from './ranking.ts';
import { concatExtras, EXEMPT_PARAMETERS, exemptRowsOf, extrasOf } from './exemptRows.ts';

/** The parameters that choose the row to keep. */
export const RANKING_PARAMETERS: readonly Parameter[] = parametersOf(`
  which_to_keep VARCHAR := 'hard' in (hard, easy, random): 'hard' keeps rows far from their centroid, 'easy'
    near ones, 'random' any
  sim_metric VARCHAR := 'cosine' in (cosine, l2): distance that hard and easy rank by: 'cosine'
    (cosine_dist_to_cent) or 'l2' (l2_dist_to_cent)
  rank_by VARCHAR := none: an SQL ordering over the relation's columns, such as 'quality_score DESC'; overrides
    which_to_keep
`);

const RETURNS =
  'id, max_id, cosine_sim_score FLOAT, centroid (the cluster column; none with cluster := NULL), rank BIGINT ' +
  '(1 = kept before all others of the relation); with check_where, checked_score FLOAT (NULL for rows not ' +
  'checked); with against, max_in_against BOOLEAN';

/** The table function `pairwise`. */
export const pairwiseFunction: FunctionDefinition = {
  name: 'pairwise',
  description: 'Finds for each row the most similar row ranked before it in its cluster.',
  returns: RETURNS,
  positional: [RELATION],
  named: [
    ID,
    EMBEDDING,
    ...parametersOf(`
      cluster VARCHAR or NULL := 'centroid': the cluster column, or a column of lists of clusters, each of which
        the row is compared in; NULL compares all rows with each other
    `),
    ...RANKING_PARAMETERS,
    ...EXEMPT_PARAMETERS,
    ...OVERLAP_PARAMETERS,
    ...parametersOf(`
      centroids VARCHAR := none: the centroids that the cluster column refers to, as returned by
        kmeans_centroids; needed for overlap
      check_where VARCHAR := none: an SQL condition: rows for which it is true are also compared with all rows,
        which adds the column checked_score
      check_among VARCHAR := none: an SQL condition: check_where compares only with the rows for which it is
        true; so each part of a relation can check rows against its own rows
    `),
    SEED,
    ON_INVALID,
    BACKEND,
  ],
  example:
    `FROM pairwise('SELECT * FROM embeddings JOIN kmeans(''embeddings'', 4) USING (id)') WHERE ` +
    'cosine_sim_score >= 0.99',
  bind(call, relationOf) {
    const { functionName } = call;
    const source = sourceOf(call, relationOf);
    const { relation } = source;
    const cluster = call.isNull('cluster')
      ? undefined
      : requireColumn(functionName, relation, call.text('cluster'), nameAnother('cluster'));
    const isListed = cluster !== undefined && isListOfClusters(cluster.type);
    if (cluster && !isListed && !isColumnType(cluster.type)) {
      throw binderError(
        `${functionName}: cluster column ${quotedIdentifier(cluster.name)} has type ` +
          `${cluster.type.toString()}; clusters must be scalars`,
      );
    }
    const ranking = rankingOf(call, relation);
    const exempt = exemptRowsOf(call, source, relationOf, cluster);
    const overlap = overlapOf(call);
    if (overlap && isListed)
      throw binderError(
        `${functionName}: overlap needs one cluster per row; column ${quotedIdentifier(cluster.name)} has ` +
          'lists; leave out overlap',
      );
    const condition = (name: string): string[] =>
      call.isGiven(name) ? [`CAST((${call.text(name)}) AS BOOLEAN)`] : [];
    const checked = condition('check_where');
    const among = condition('check_among');
    if (among.length > 0 && checked.length === 0)
      throw binderError(`${functionName}: check_among needs check_where := …, the rows to check`);
    const model = modelOf(call, relationOf);
    if (overlap && !cluster)
      throw binderError(`${functionName}: overlap needs clusters; leave out overlap or cluster := NULL`);
    if (overlap && !model) {
      throw binderError(
        `${functionName}: overlap needs the centroids that the clusters belong to: centroids := '…', a ` +
          'relation as kmeans_centroids returns it',
      );
    }
    const seed = call.integer('seed', 0);
    const backend = checkBackend(call);
    return {
      columns: boundColumns(RETURNS, { id: source.id.type }, [
        checked.length > 0 && 'check_where',
        exempt.against && 'against',
      ]).flatMap((column) => {
        if (column.name !== 'centroid') return [column];
        return cluster && !isListed ? [cluster] : [];
      }),
      async compute(context) {
        const options = await computeOptions(context, call, backend);
        const { connection } = context;
        const keysOf = async (of: Relation | undefined): Promise<Expressions> => {
          if (!cluster || !of) return {};
          return isListed ? { lists: [listText(cluster.name)] } : clusterKeys(connection, of, cluster);
        };
        const extras = {
          ...(await keysOf(relation)),
          ...(await extrasOf(context, ranking, exempt)),
          checked,
          among,
        };
        const rows = await readRelation(source, { ...options, seed, extras });
        try {
          if (!rows.store) return { rowCount: 0, columns: [] };
          const all = await exempt.read(rows, options, await keysOf(exempt.against?.relation));
          const step = await stepOptions(context, options);
          const [values, hashes] = concatExtras(rows, all, 'keys');
          const keyed = cluster && { name: cluster.name, values, hashes };
          const { memberships, clusters } = isListed
            ? listedClusters(concatExtras(rows, all, 'lists')[0])
            : model && overlap && keyed
              ? await overlappingClusters(context, functionName, rows.store, keyed, { model, overlap, step })
              : ownClusters(keyed, rows.store.rows);
          const ranked = all.rank(ranking.order(rows));
          const pairs = await pairwise(rows.store, comparedRows(memberships, clusters, ranked), step);
          const [checkedRows] = rows.extras.checked.map(trueRows);
          const [amongRows] = rows.extras.among.map(trueRows);
          const known = amongRows ? rankedAmong(ranked, rows.rowCount, checkedRows, amongRows) : ranked;
          return {
            rowCount: rows.rowCount,
            columns: [
              inputColumn(rows.ids),
              inputColumn(all.ids, pairs.maxRow),
              float32Column(pairs.score),
              ...(cluster && !isListed ? [inputColumn(rows.extras.cluster[0] ?? rows.extras.keys[0])] : []),
              int64Column(ranksOf(ranked.order.subarray(-rows.rowCount))),
              ...(checkedRows
                ? [sparseFloat32Column(await checkedScores(rows.store, known, checkedRows, step))]
                : []),
              ...(exempt.against ? [all.areEarlier(pairs.maxRow)] : []),
            ],
          };
        } finally {
          rows.store?.close();
        }
      },
    };
  },
};

/** The cluster column, the key that a collation compares instead, and the hash of that key. */
async function clusterKeys(
  connection: DuckDBConnection,
  relation: Relation,
  { name, type }: NamedColumn,
): Promise<Expressions> {
  const column = quotedIdentifier(name);
  const isText = type.typeId === DuckDBTypeId.VARCHAR;
  const key = isText ? await collated(connection, relation, column) : column;
  return { keys: [key, `hash(${key})`], cluster: key === column ? [] : [column] };
}
