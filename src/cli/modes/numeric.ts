import type { DuckDBType } from '@duckdb/node-api';
import { NUMBER_TYPES } from '../../columns/types.ts';

/** Whether values of this type are numbers: shown right-aligned, written without quotes. */
export function isNumeric(type: DuckDBType): boolean {
  return NUMBER_TYPES.has(type.typeId);
}
