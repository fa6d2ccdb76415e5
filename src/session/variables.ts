import { quotedString, type DuckDBConnection } from '@duckdb/node-api';

/** A text as an SQL expression. Undefined becomes NULL. */
export const textOrNull = (value: string | undefined): string =>
  value === undefined ? 'NULL' : quotedString(value);

/** A number as an SQL expression. Undefined becomes NULL. */
export const numberOrNull = (value: number | undefined): string =>
  value === undefined ? 'NULL' : `${value}::DOUBLE`;

/** Sets the variables that the scripts read. The values are SQL expressions. */
export async function setVariables(
  { connection }: { readonly connection: DuckDBConnection },
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, value] of Object.entries(variables))
    await connection.run(`SET VARIABLE ${name} = ${value}`);
}
