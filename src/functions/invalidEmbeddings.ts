import { inputColumn, textColumn } from '../columns/computedColumns.ts';
import { readRelation } from '../relation/readRelation.ts';
import { readOptions } from './context.ts';
import { boundColumns } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { EMBEDDING, ID, RELATION, sourceOf } from './kmeansCall.ts';

const RETURNS = 'id, reason VARCHAR';

/** The table function `invalid_embeddings`. */
export const invalidEmbeddingsFunction: FunctionDefinition = {
  name: 'invalid_embeddings',
  description: `Lists the rows that on_invalid := 'skip' skips, with the reason.`,
  returns: RETURNS,
  positional: [RELATION],
  named: [ID, EMBEDDING],
  example: `FROM invalid_embeddings('embeddings')`,
  bind(call, relationOf) {
    const source = sourceOf(call, relationOf);
    return {
      columns: boundColumns(RETURNS, { id: source.id.type }),
      async compute(context) {
        const options = await readOptions(context);
        const rows = await readRelation(source, {
          ...options,
          onInvalid: 'skip',
          notice: () => {},
          keepRows: false,
        });
        return {
          rowCount: rows.invalid.count,
          columns: [inputColumn(rows.invalidIds), textColumn(rows.invalid.reasons)],
        };
      },
    };
  },
};
