import * as fc from 'fast-check';
import type { DuckDBConnection } from '@duckdb/node-api';

/** A row of a relation, or an earlier one. */
export interface Row {
  readonly id: number;
  /** Small whole numbers, not all 0: many equal rows and ties. */
  readonly embedding: readonly number[];
  readonly isProtected: boolean | null;
  /** 0, 1 or 2. */
  readonly cluster: number;
}

const rowsOf = (dim: number, minLength: number): fc.Arbitrary<Row[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: -50, max: 50 }),
      embedding: fc
        .array(fc.integer({ min: -3, max: 3 }), { minLength: dim, maxLength: dim })
        .filter((values) => values.some((value) => value !== 0)),
      isProtected: fc.constantFrom(true, false, false, false, null),
      cluster: fc.integer({ min: 0, max: 2 }),
    }),
    { selector: ({ id }) => id, minLength, maxLength: 20 },
  );

/** Rows, and earlier ones whose ids may be the same. */
export const cases = fc
  .integer({ min: 2, max: 4 })
  .chain((dim) => fc.record({ rows: rowsOf(dim, 1), earlier: rowsOf(dim, 0) }));

/** A row of one of the two relations, first-ranked first. */
export interface Ranked extends Row {
  readonly isEarlier: boolean;
  readonly isExempt: boolean;
}

/** The one order of all rows: earlier ones, protected ones, others, each by id. */
export function rank(rows: readonly Row[], earlier: readonly Row[]): Ranked[] {
  const byId = (of: readonly Row[]): Row[] => of.toSorted((a, b) => a.id - b.id);
  const own = (of: readonly Row[], isExempt: boolean): Ranked[] =>
    byId(of).map((row) => ({ ...row, isEarlier: false, isExempt }));
  return [
    ...byId(earlier).map((row) => ({ ...row, isEarlier: true, isExempt: true })),
    ...own(
      rows.filter((row) => row.isProtected),
      true,
    ),
    ...own(
      rows.filter((row) => !row.isProtected),
      false,
    ),
  ];
}

/** The cosine in float64. */
export const cosine = (a: readonly number[], b: readonly number[]): number => {
  const product = (x: readonly number[], y: readonly number[]): number =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
};

/** Tells rows of both relations apart. */
export const nameOf = (id: unknown, isEarlier: unknown): string =>
  `${isEarlier === true ? 'earlier ' : ''}${String(id)}`;

/** The tables `rows` and `earlier`, with the columns id, embedding, kept and centroid. */
export async function createTables(
  connection: DuckDBConnection,
  tables: { readonly rows: readonly Row[]; readonly earlier: readonly Row[] },
): Promise<void> {
  for (const [table, of] of Object.entries(tables) as [string, readonly Row[]][]) {
    const values = of.map(
      (row) => `(${row.id}, [${row.embedding.join()}]::FLOAT[], ${row.isProtected}::BOOLEAN, ${row.cluster})`,
    );
    await connection.run(
      `CREATE OR REPLACE TABLE ${table}(id INTEGER, embedding FLOAT[], kept BOOLEAN, centroid INTEGER)`,
    );
    if (values.length > 0) await connection.run(`INSERT INTO ${table} VALUES ${values.join()}`);
  }
}
