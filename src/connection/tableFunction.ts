import { DuckDBTableFunction, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { columnVector, hasNamedParameter } from '../columns/native.ts';
import { NearduckError } from '../errors.ts';
import { type Compute, type DeclaredColumn, Job, type ResultTable } from './job.ts';
import type { ConnectionRegistry } from './registry.ts';
import type { StatementScope } from './scope.ts';
import type { Relation } from '../relation/relation.ts';

const ROWS_PER_CALL = 2048;

/** How far a scan of computed rows is. */
interface Scan {
  readonly table: ResultTable;
  readonly columns: readonly number[];
  next: number;
}

/** What a call asks for, as DuckDB's binder saw it. */
export interface CallArguments {
  readonly positional: readonly DuckDBValue[];
  /** Named parameters that were given, NULL included; the others are absent. */
  readonly named: Readonly<Record<string, DuckDBValue>>;
}

/** A bound call: its result columns, and how to compute them. */
export interface BoundCall {
  readonly columns: readonly DeclaredColumn[];
  readonly compute: Compute;
}

/** A table function of the bind → compute → scan kind. */
export interface TableFunction {
  readonly name: string;
  readonly parameterTypes: readonly DuckDBType[];
  readonly namedParameterTypes: Readonly<Record<string, DuckDBType>>;
  /**
   * Checks the arguments and says what comes back. Runs inside DuckDB's binder: synchronous, no queries.
   * `relationOf` describes a relation named in an argument; where it is not known yet, binding pauses and starts again.
   * @throws NearduckError (Binder Error) for arguments that are wrong whatever the rows are.
   */
  bind(call: CallArguments, relationOf: (text: string) => Relation): BoundCall;
}

/** Makes DuckDB's view of a table function; `registry` finds the connection that binds. */
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
          `${definition.name}: this connection was not opened by nearduck; open one with Session.open() or Connection.open(instance)`,
        );
      }
      const positional = Array.from({ length: info.parameterCount }, (_, i) => info.getParameter(i));
      const named: Record<string, DuckDBValue> = {};
      for (const name of Object.keys(definition.namedParameterTypes)) {
        if (hasNamedParameter(info, name)) named[name] = info.getNamedParameter(name);
      }
      const bound = unwrap(() =>
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
      info.setMaxThreads(1);
    },
    mainFunction: (info, output) => {
      const state = info.initData as Scan;
      const { table } = state;
      const count = Math.min(ROWS_PER_CALL, table.rowCount - state.next);
      output.rowCount = count;
      if (count === 0) return;
      // A count(*) asks for the row id, which is no column of ours.
      unwrap(() => {
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

/** DuckDB puts the class in front of what a callback throws, `Binder Error:` while it binds; ours must not say it twice. */
function unwrap<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof NearduckError) throw new Error(error.detail, { cause: error });
    throw error;
  }
}
