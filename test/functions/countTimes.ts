import { int64Column } from '../../src/columns/computedColumns.ts';
import { boundColumns, parametersOf } from '../../src/functions/declarations.ts';
import type { FunctionDefinition } from '../../src/functions/definition.ts';

const RETURNS = 'total BIGINT (rows times factor)';

/** A function as a contributor adds it: this file, a line in the catalogue, and a `.test` file. */
export const countTimesFunction: FunctionDefinition = {
  name: 'count_times',
  description: 'Counts the rows of a relation.',
  returns: RETURNS,
  positional: parametersOf(`
    relation VARCHAR: what to count
  `),
  named: parametersOf(`
    factor BIGINT := 1: what the count is multiplied by
  `),
  example: `FROM count_times('embeddings')`,
  bind(call, relationOf) {
    const { from } = relationOf(call.text('relation'));
    const factor = call.integer('factor', 1);
    return {
      columns: boundColumns(RETURNS),
      async compute({ connection }) {
        const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${from}`);
        const total = BigInt(factor) * (counted.getRows()[0][0] as bigint);
        return { rowCount: 1, columns: [int64Column(BigInt64Array.of(total))] };
      },
    };
  },
};

export const countTimesTest = `
query I
FROM count_times('FROM range(3)', factor := 2);
----
6

statement error
FROM count_times('FROM range(3)', factor := 0);
----
count_times: factor must be an integer of at least 1, got 0
`;
