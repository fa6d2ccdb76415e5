import { DuckDBTableFunction, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { columnVector, hasNamedParameter } from '../columns/native.ts';
import type { NamedColumn } from '../columns/types.ts';
import { withoutErrorClass } from '../errors.ts';
import { type Compute, Job, type ResultTable } from './job.ts';
import type { ConnectionRegistry } from './registry.ts';
import type { StatementScope } from './scope.ts';
import type { Relation } from '../relation/relation.ts';

const ROWS_PER_CALL = 2048;
/** Rows per thread. Another thread does not pay off for few rows. */
const ROWS_PER_THREAD = 2 ** 12;

/** The progress of a scan of computed rows. */
interface Scan {
  readonly table: ResultTable;
  readonly columns: readonly number[];
  next: number;
}

/** The arguments of a call. */
export interface CallArguments {
  readonly positional: readonly DuckDBValue[];
  /** The named parameters that the call gives, including NULLs. */
  readonly named: Readonly<Record<string, DuckDBValue>>;
}

/** A bound call: its result columns, and the function that computes its rows. */
export interface BoundCall {
  readonly columns: readonly NamedColumn[];
  readonly compute: Compute;
}

/** A table function that DuckDB binds, nearduck computes, and DuckDB scans. */
export interface TableFunction {
  readonly name: string;
  readonly parameterTypes: readonly DuckDBType[];
  readonly namedParameterTypes: Readonly<Record<string, DuckDBType>>;
  /**
   * Checks the arguments and returns the result columns. Runs inside DuckDB's binder, so it is synchronous
   * and cannot query. `relationOf` describes a relation named in an argument; if it is not described yet, the
   * bind pauses and starts again.
   * @throws NearduckError (Binder Error) for arguments that are invalid for any rows.
   */
  bind(call: CallArguments, relationOf: (text: string) => Relation): BoundCall;
}

/** Creates the DuckDB table function for a definition. `registry` finds the connection that binds it. */
export function createTableFunction(
  definition: TableFunction,
  registry: ConnectionRegistry,
): DuckDBTableFunction {
  return DuckDBTableFunction.create({
    name: definition.name,
    parameterTypes: definition.parameterTypes,
    namedParameterTypes: definition.namedParameterTypes,
    supportsProjectionPushdown: true,
    bindFunction: (info) => {
      const scopes = registry.scopesOf(info.clientContext.connectionId);
      const scope: StatementScope | undefined = scopes?.at(-1);
      if (!scope) {
        throw new Error(
          `${definition.name}: this connection was not opened by nearduck; open one with Session.open() or ` +
            'Connection.open(instance)',
        );
      }
      const positional = Array.from({ length: info.parameterCount }, (_, i) => info.getParameter(i));
      const named: Record<string, DuckDBValue> = {};
      for (const name of Object.keys(definition.namedParameterTypes)) {
        if (hasNamedParameter(info, name)) named[name] = info.getNamedParameter(name);
      }
      const bound = withoutErrorClass(() =>
        definition.bind({ positional, named }, (text) => scope.relation(definition.name, text)),
      );
      const key = callKey(definition.name, positional, named);
      const job = new Job(definition.name, key, bound.columns, bound.compute);
      scope.bind(job);
      for (const { name, type } of bound.columns) info.addResultColumn(name, type);
      if (job.result) info.setCardinality(job.result.rowCount, true);
      info.setBindData(job);
    },
    initFunction: (info) => {
      const table = (info.bindData as Job).result;
      if (!table) throw new Error(`${definition.name}: the rows were not computed; run the statement again`);
      info.setInitData({ table, next: 0, columns: info.getColumnIndexes() } satisfies Scan);
      info.setMaxThreads(Math.ceil(table.rowCount / ROWS_PER_THREAD) || 1);
    },
    mainFunction: (info, output) => {
      const state = info.initData as Scan;
      const { table } = state;
      const count = Math.min(ROWS_PER_CALL, table.rowCount - state.next);
      output.rowCount = count;
      if (count === 0) return;
      // For count(*), DuckDB requests the row id, which is not a result column.
      withoutErrorClass(() => {
        for (const [i, column] of state.columns.entries())
          table.columns[column]?.write(columnVector(output, i), state.next, count);
      });
      state.next += count;
    },
  });
}

function callKey(
  name: string,
  positional: readonly DuckDBValue[],
  named: Readonly<Record<string, DuckDBValue>>,
): string {
  return JSON.stringify([
    name,
    positional.map(String),
    Object.entries(named).map(([key, value]) => [key, String(value)]),
  ]);
}
