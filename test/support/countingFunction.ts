import { BIGINT, VARCHAR } from '@duckdb/node-api';
import { int64Column } from '../../src/columns/computedColumns.ts';
import type { ComputeContext } from '../../src/connection/job.ts';
import type { TableFunction } from '../../src/connection/tableFunction.ts';
import { invalidInputError } from '../../src/errors.ts';
import type { Relation } from '../../src/relation/relation.ts';

/** The table function `numbers(relation)`, and a log of its calls. */
export interface CountingFunction {
  readonly definition: TableFunction;
  /** The relation of every bind, in order. */
  readonly binds: string[];
  /** The relation of every computation, in order. */
  readonly computed: string[];
  /** Settles when a call with `behave := 'wait'` has begun; it ends when it is aborted. */
  readonly waiting: Promise<void>;
}

/**
 * Returns the column `n` of a relation, one row each. `behave := 'fail'` throws while it computes, `'wait'` runs until it
 * is aborted.
 */
export function countingFunction(): CountingFunction {
  const binds: string[] = [];
  const computed: string[] = [];
  let begun = (): void => {};
  const waiting = new Promise<void>((resolve) => (begun = resolve));
  const definition: TableFunction = {
    name: 'numbers',
    parameterTypes: [VARCHAR],
    namedParameterTypes: { behave: VARCHAR },
    bind({ positional, named }, relationOf) {
      const text = String(positional[0]);
      binds.push(text);
      const relation = relationOf(text);
      if (named.behave === 'refuse') throw invalidInputError('numbers: refused');
      return {
        columns: [{ name: 'n', type: BIGINT }],
        async compute(context) {
          computed.push(text);
          if (named.behave === 'fail') throw invalidInputError('numbers: failed on purpose');
          if (named.behave === 'wait') await untilAborted(context, begun);
          const values = await numbersOf(context, relation);
          return { rowCount: values.length, columns: [int64Column(values)] };
        },
      };
    },
  };
  return { definition, binds, computed, waiting };
}

async function numbersOf({ connection }: ComputeContext, relation: Relation): Promise<BigInt64Array> {
  const reader = await connection.runAndReadAll(`SELECT n::BIGINT FROM ${relation.from} ORDER BY n`);
  return BigInt64Array.from(reader.getRows(), ([value]) => value as bigint);
}

function untilAborted({ signal }: ComputeContext, begun: () => void): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    begun();
  });
}
