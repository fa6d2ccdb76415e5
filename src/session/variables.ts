import { quotedString } from '@duckdb/node-api';
import type { Connection } from '../connection/connection.ts';

/** A text as an SQL expression. Undefined becomes NULL. */
export const textOrNull = (value: string | undefined): string =>
  value === undefined ? 'NULL' : quotedString(value);

/**
 * A number as an SQL expression. Undefined becomes NULL. Only text converts exactly: 0.9686354249715805 would be a
 * DECIMAL first, and lose its last bit.
 */
export const numberOrNull = (value: number | undefined): string =>
  value === undefined ? 'NULL' : `'${value}'::DOUBLE`;

/** Sets the variables that the scripts read. The values are SQL expressions that call no functions of nearduck. */
export async function setVariables(
  { connection }: { readonly connection: Connection },
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const statements = Object.entries(variables).map(([name, value]) => `SET VARIABLE ${name} = ${value}`);
  await connection.runPlain(statements);
}
