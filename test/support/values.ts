import { DuckDBTypeId, type DuckDBResultReader, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';

/** A value as DuckDB's sqllogictest runner prints it. */
function sqlText(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return 'NULL';
  if (value === '') return '(empty)';
  if (type.typeId === DuckDBTypeId.FLOAT) return shortestFloat(value as number);
  return String(value);
}

/** The shortest decimal that reads back as the same FLOAT. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(value);
}

/** The rows of a result as text. */
export function textRows(reader: DuckDBResultReader): string[][] {
  const types = reader.columnTypes();
  return reader.getRows().map((row) => row.map((value, i) => sqlText(value, types[i])));
}
