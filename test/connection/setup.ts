import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';
import { Connection } from '../../src/connection/connection.ts';
import { countingFunction, type CountingFunction } from '../support/countingFunction.ts';

export interface Opened extends CountingFunction {
  readonly instance: DuckDBInstance;
  readonly connection: Connection;
  /** The values of a query with one column, as numbers. */
  numbers(sql: string): Promise<number[]>;
}

/**
 * A connection with the table function `numbers(relation)` and the table `data(n)` with 1, 2 and 3. It is
 * closed after the test.
 */
export async function open(): Promise<Opened> {
  const counting = countingFunction();
  const instance = await DuckDBInstance.create();
  const connection = await Connection.open(instance, { functions: [counting.definition] });
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run('CREATE TABLE data AS FROM (VALUES (1), (2), (3)) AS t(n)');
  const numbers = async (sql: string): Promise<number[]> => {
    const reader = await connection.runAndReadAll(sql);
    return reader.getRows().map(([value]) => Number(value));
  };
  return { ...counting, instance, connection, numbers };
}
