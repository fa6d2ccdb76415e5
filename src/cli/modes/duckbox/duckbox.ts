import {
  type DuckDBValue,
  type DuckDBArrayType,
  type DuckDBListType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { NUMBER_TYPES } from '../../../columns/types.ts';
import { escapeControls } from '../escapeControls.ts';
import { rowTexts, type Mode, type Rows } from '../renderer.ts';
import { draw } from './draw.ts';

/** Hiding rows adds three lines of dots, so up to three rows over the limit are shown instead. */
const slack = 3;

/** DuckDB's own table: column types, the first and last rows, a width that fits the terminal. */
export const duckbox: Mode = (columns, settings) => {
  const { maxRows } = settings;
  const bottomRows = Math.floor(maxRows / 2);
  const head: DuckDBValue[][] = [];
  const tail: Rows[] = [];
  let tailCount = 0;
  let rowCount = 0;

  const texts = (row: readonly DuckDBValue[]): string[] =>
    rowTexts(row, columns, settings).map(escapeControls);
  const keepTail = (rows: Rows): void => {
    tail.push(rows);
    tailCount += rows.rowCount;
    while (tail.length > 1 && tailCount - tail[0]!.rowCount >= bottomRows)
      tailCount -= tail.shift()!.rowCount;
  };

  return {
    rows(rows) {
      rowCount += rows.rowCount;
      if (head.length < maxRows + slack) {
        for (const row of rows.getRows().slice(0, maxRows + slack - head.length)) head.push(row);
      }
      keepTail(rows);
      return '';
    },
    end() {
      const all = rowCount <= maxRows + slack;
      const top = all ? head : head.slice(0, maxRows - bottomRows);
      const bottom = all || bottomRows === 0 ? [] : tail.flatMap((rows) => rows.getRows()).slice(-bottomRows);
      return draw({
        names: columns.names.map(escapeControls),
        typeNames: columns.types.map(typeName),
        rightAligned: columns.types.map(({ typeId }) => NUMBER_TYPES.has(typeId)),
        top: top.map(texts),
        bottom: bottom.map(texts),
        rowCount,
        maxRows,
        maxWidth: settings.maxWidth,
      });
    },
  };
};

const shortNames: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.TINYINT]: 'int8',
  [DuckDBTypeId.SMALLINT]: 'int16',
  [DuckDBTypeId.INTEGER]: 'int32',
  [DuckDBTypeId.BIGINT]: 'int64',
  [DuckDBTypeId.HUGEINT]: 'int128',
  [DuckDBTypeId.UTINYINT]: 'uint8',
  [DuckDBTypeId.USMALLINT]: 'uint16',
  [DuckDBTypeId.UINTEGER]: 'uint32',
  [DuckDBTypeId.UBIGINT]: 'uint64',
  [DuckDBTypeId.UHUGEINT]: 'uint128',
};

/** The name of a type in the header of a duckbox: `int32`, `float[]`, `decimal(18,3)`. */
function typeName(type: DuckDBType): string {
  if (type.alias) return type.alias.toLowerCase();
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
      return `${typeName((type as DuckDBListType).valueType)}[]`;
    case DuckDBTypeId.ARRAY: {
      const array = type as DuckDBArrayType;
      return `${String(array.valueType).toLowerCase()}[${array.length}]`;
    }
    default:
      return shortNames[type.typeId] ?? barePlainNames(String(type).toLowerCase());
  }
}

/** Removes the quotes of field names that need none. */
function barePlainNames(name: string): string {
  return name.replaceAll(/"([a-z_]\w*)"/g, '$1');
}
