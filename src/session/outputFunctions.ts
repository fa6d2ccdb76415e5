import {
  BOOLEAN,
  DuckDBScalarFunction,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { withoutErrorClass } from '../errors.ts';
import type { StagedResults } from '../output/stagedResults.ts';

/**
 * Registers the functions with which the scripts write:
 * - `stage_output(script, output, result, overwrite)` returns the path to write a result of an output folder
 *   to, after checking that its final path is free or may be replaced.
 * - `publish_output(path, script, facts)` moves a result written there to its final path, and records the
 *   step with `facts` (a JSON object) in the folder's `run.json`.
 */
export function registerOutputFunctions(connection: DuckDBConnection, results: StagedResults): void {
  const stage = scalar('stage_output', [VARCHAR, VARCHAR, VARCHAR, BOOLEAN], (values) => {
    const [script, output, result] = values.map(String);
    return results.stage({ script, output, result, overwrite: values[3] === true });
  });
  const publish = scalar('publish_output', [VARCHAR, VARCHAR, VARCHAR], (values) => {
    const [path, script, facts] = values.map(String);
    return results.publish(path, script, JSON.parse(facts) as Record<string, unknown>);
  });
  connection.registerScalarFunction(stage);
  connection.registerScalarFunction(publish);
}

function scalar(
  name: string,
  parameterTypes: readonly DuckDBType[],
  call: (values: DuckDBValue[]) => string,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    returnType: VARCHAR,
    parameterTypes,
    // The functions have side effects: DuckDB must neither fold nor skip a call.
    volatile: true,
    mainFunction: (_info, chunk, output) => {
      for (const [row, values] of chunk.getRows().entries())
        output.setItem(
          row,
          withoutErrorClass(() => call(values)),
        );
      output.flush();
    },
  });
}
