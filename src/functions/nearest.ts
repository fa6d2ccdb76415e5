import { quotedString } from '@duckdb/node-api';
import { float32Column, inputColumn, int32Column } from '../columns/computedColumns.ts';
import { nearest, type Targets } from '../algorithms/nearest.ts';
import { rankOrder } from '../algorithms/order/rankOrder.ts';
import { invalidInputError, NearduckError } from '../errors.ts';
import { readRelation, relationSource, type RelationRows } from '../relation/readRelation.ts';
import { compactRows } from '../rows/compactRows.ts';
import type { RowStore } from '../rows/rowStore.ts';
import { computeOptions, stepOptions } from './context.ts';
import { boundColumns, parametersOf } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { BACKEND, checkBackend, EMBEDDING, ID, ON_INVALID, RELATION } from './kmeansCall.ts';
import { columnTerm } from './pairwise/ranking.ts';

const RETURNS = 'id, neighbor_id, neighbor_rank INTEGER (1 = nearest), cosine_sim_score FLOAT';

/** The table function `nearest`. */
export const nearestFunction: FunctionDefinition = {
  name: 'nearest',
  description:
    'Finds for each row of `queries` the `k` nearest rows of `relation` by cosine similarity, exactly; ' +
    'ties go to the lower id. If both are the same text, a row is not its own neighbour.',
  returns: RETURNS,
  positional: [
    ...parametersOf(`
      queries VARCHAR: the rows to find neighbours for: a relation with an id and an embedding column, named as
        in \`relation\`
    `),
    RELATION,
  ],
  named: [
    ...parametersOf(`
      k BIGINT := 1: maximum number of neighbours per query
      min_score DOUBLE or NULL := NULL: minimum similarity of neighbours, from -1 to 1; NULL returns all
    `),
    ID,
    EMBEDDING,
    ON_INVALID,
    BACKEND,
  ],
  example:
    `FROM nearest('FROM embeddings WHERE id < 4', 'FROM embeddings WHERE id >= 4', k := 2) ORDER BY ` +
    'id, neighbor_rank',
  bind(call, relationOf) {
    const { functionName } = call;
    const [id, embedding] = [call.text('id'), call.text('embedding')];
    const [queries, relation] = ['queries', 'relation'].map((name) =>
      relationSource(functionName, relationOf(call.text(name)), id, embedding),
    );
    const isSame = call.text('queries').trim() === call.text('relation').trim();
    const k = call.integer('k', 1);
    const minScore = call.isGiven('min_score') ? call.between('min_score', -1, 1) : -Infinity;
    const backend = checkBackend(call);
    return {
      columns: boundColumns(RETURNS, { id: queries.id.type, neighbor_id: relation.id.type }),
      async compute(context) {
        const options = await computeOptions(context, call, backend);
        const stores: (RowStore | undefined)[] = [];
        try {
          const rows = await readRelation(relation, options);
          stores.push(rows.store);
          // The remaining memory goes to the targets, which are read repeatedly; queries are read once.
          const memoryLimit = Math.max(0, options.store.memoryLimit - bytesInMemory(rows.store));
          const left = { ...options, store: { ...options.store, memoryLimit } };
          const asked = isSame ? rows : await readRelation(queries, left);
          if (!isSame) stores.push(asked.store);
          if (!rows.store || !asked.store) return { rowCount: 0, columns: [] };
          if (asked.store.dim !== rows.store.dim) {
            throw invalidInputError(
              `${functionName}: embeddings of ${quotedString(queries.relation.text)} have ${asked.store.dim} ` +
                'elements, ' +
                `those of ${quotedString(relation.relation.text)} ${rows.store.dim}`,
            );
          }
          const targets = targetsOf(rows, rows.store, (view) => {
            const compact = compactRows(view, { ...options.store, memoryLimit: options.memory.fit });
            stores.push(compact);
            return compact;
          });
          const step = await stepOptions(context, options);
          const found = await nearest(asked.store, targets, { k, minScore, isSame }, step).catch(
            (error: unknown) => {
              throw error instanceof RangeError ? tooLarge(functionName, asked.rowCount, k) : error;
            },
          );
          return {
            rowCount: found.query.length,
            columns: [
              inputColumn(asked.ids, found.query),
              inputColumn(rows.ids, found.neighbor),
              int32Column(found.rank),
              float32Column(found.score),
            ],
          };
        } finally {
          for (const store of stores) store?.close();
        }
      },
    };
  },
};

/** The rows by id. Those in a file are copied in that order, because they are read repeatedly. */
function targetsOf(
  { ids, rowCount }: RelationRows,
  store: RowStore,
  compact: (view: ReturnType<RowStore['view']>) => RowStore,
): Targets {
  const order = rankOrder(rowCount, [columnTerm(ids)]);
  const hash = (row: number): number => store.hash(row);
  if (order.every((row, place) => row === place)) return { view: store.view(), order, hash };
  const view = store.view(order);
  return { view: store.spilledBytes > 0 ? compact(view).view() : view, order, hash };
}

const bytesInMemory = (store: RowStore | undefined): number =>
  store ? store.rows * store.dim * 4 - store.spilledBytes : 0;

/** A RangeError means that the result does not fit in memory. */
const tooLarge = (functionName: string, queries: number, k: number): NearduckError =>
  new NearduckError(
    'Out of Memory',
    `${functionName}: the ${k} nearest rows of each of ${queries} queries do not fit in memory; ` +
      'choose a smaller k, or pass fewer queries at a time',
  );
