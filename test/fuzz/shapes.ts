import { quotedIdentifier, quotedString } from '@duckdb/node-api';
import * as fc from 'fast-check';

/** One row of a relation: its position in the order of ids, and its embedding. */
export interface Row {
  /** Rows with the same number have the same id; null is NULL. */
  readonly id: number | null;
  /** Elements as SQL; null is NULL. */
  readonly embedding: readonly string[] | null;
}

/** A relation and its kind, such as a table or a file. */
export interface Shape {
  readonly rows: readonly Row[];
  readonly dim: number;
  /** SQL that converts the number `n` to an id; null for a type that is refused. */
  readonly idOf: string;
  readonly embeddingType: string;
  readonly idName: string;
  readonly embeddingName: string;
  readonly form: Form;
  readonly isRefused: boolean;
}

type Form = 'table' | 'temp' | 'view' | 'select' | 'cte' | 'comment' | 'parquet' | 'schema' | 'odd';

const FORMS: readonly Form[] = [
  'table',
  'temp',
  'view',
  'select',
  'cte',
  'comment',
  'parquet',
  'schema',
  'odd',
];

/** Expressions for ids. They ascend with n for n below 100. */
const IDS = [
  'n::BIGINT',
  'n::TINYINT',
  'n::UBIGINT',
  '(n + 9223372036854775000)::BIGINT',
  '(n::HUGEINT << 100)',
  '(n::UHUGEINT << 100)',
  `lpad(n::VARCHAR, 4, '0')`,
  `'an id of more than twelve bytes ' || lpad(n::VARCHAR, 4, '0')`,
  `'é𝄞\n"''' || lpad(n::VARCHAR, 4, '0')`,
  `repeat('long ', 3000) || lpad(n::VARCHAR, 4, '0')`,
  `lpad(n::VARCHAR, 4, '0')::BLOB`,
  `(DATE '2020-01-01' + n::INTEGER)`,
  `(TIMESTAMP '2020-01-01' + n::INTEGER * INTERVAL 1 SECOND)`,
  'n::DOUBLE',
  'n::FLOAT',
  'n::DECIMAL(4, 1)',
  'n::DECIMAL(38, 9)',
  `format('00000000-0000-0000-0000-0000000000{:02d}', n)::UUID`,
];
/** Expressions of types that are not scalar. */
const REFUSED_IDS = ['[n]', '{n: n}', 'MAP {coalesce(n, 0): n}', '[n]::INTEGER[1]'];
const EMBEDDINGS = [
  'FLOAT[]',
  'DOUBLE[]',
  'FLOAT[#]',
  'DOUBLE[#]',
  'INTEGER[]',
  'TINYINT[]',
  'BIGINT[#]',
  'DECIMAL(6, 2)[]',
];
const REFUSED_EMBEDDINGS = ['VARCHAR[]', 'VARCHAR', 'FLOAT', 'FLOAT[][]', 'BOOLEAN[]', 'DATE[]'];
const NAMES = [
  'id',
  'ID',
  'key',
  'a b',
  'select',
  `it's`,
  'quo"te',
  'é𝄞',
  'new\nline',
  'embedding',
  ' x ',
  '$1',
  '--',
  'x'.repeat(300),
];

const isArray = (type: string): boolean => type.endsWith('[#]');
const hasNan = (type: string): boolean => /FLOAT|DOUBLE/.test(type);

function rowOf(id: fc.Arbitrary<number | null>, dim: number, type: string): fc.Arbitrary<Row> {
  const whole = fc.integer({ min: -3, max: 3 }).map(String);
  const valid = fc.array(whole, { minLength: dim, maxLength: dim });
  const damaged = fc.tuple(
    valid,
    fc.nat(dim - 1),
    fc.constantFrom('NULL', ...(hasNan(type) ? [`'nan'`, `'inf'`] : [])),
  );
  return fc.record({
    id,
    embedding: fc.oneof(
      { weight: 12, arbitrary: valid },
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: damaged.map(([values, at, value]) => values.with(at, value)) },
      ...(isArray(type)
        ? []
        : [
            {
              weight: 1,
              arbitrary: fc.constantFrom(
                [],
                Array.from({ length: dim + 1 }, () => '1'),
              ),
            },
          ]),
    ),
  });
}

/** Relations of up to eight rows. */
export const shapes: fc.Arbitrary<Shape> = fc
  .record({
    dim: fc.integer({ min: 1, max: 5 }),
    idOf: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...IDS) }, fc.constantFrom(...REFUSED_IDS)),
    type: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...EMBEDDINGS) },
      fc.constantFrom(...REFUSED_EMBEDDINGS),
    ),
    idName: fc.constantFrom(...NAMES),
    embeddingName: fc.constantFrom(...NAMES),
    form: fc.constantFrom(...FORMS),
    isUnique: fc.constantFrom(true, true, true, true, true, false),
    count: fc.nat(8),
  })
  .filter(({ idName, embeddingName }) => idName.toLowerCase() !== embeddingName.toLowerCase())
  .chain(({ type, dim, isUnique, count, idOf, ...rest }) => {
    const isRefused = REFUSED_IDS.includes(idOf) || REFUSED_EMBEDDINGS.includes(type);
    const ids = fc.oneof(
      { weight: 9, arbitrary: fc.nat(6) as fc.Arbitrary<number | null> },
      fc.constant(null),
    );
    const rows = isUnique
      ? fc.tuple(...Array.from({ length: count }, (_, i) => rowOf(fc.constant(i), dim, type)))
      : fc.array(rowOf(ids, dim, type), { maxLength: 8 });
    return rows.map((made) => ({
      ...rest,
      rows: made,
      dim,
      idOf,
      embeddingType: type.replace('#', String(dim)),
      isRefused,
    }));
  });

const literal = (row: Row, type: string): string => {
  if (row.embedding === null) return `NULL::${type}`;
  const list = `[${row.embedding.map((value) => `${value}::DOUBLE`).join(', ')}]`;
  if (type === 'VARCHAR') return `${list}::VARCHAR`;
  if (type === 'FLOAT') return '1::FLOAT';
  if (type === 'FLOAT[][]') return `[${list}]::FLOAT[][]`;
  if (type === 'DATE[]') return `[DATE '2020-01-01']`;
  return `${list}::${type}`;
};

/** A SELECT of a shape's rows. */
function selectOf({ rows, idOf, embeddingType, idName, embeddingName }: Shape): string {
  const [id, embedding] = [idName, embeddingName].map(quotedIdentifier);
  const values = (row: Row): string => `(${row.id ?? 'NULL::INTEGER'}, ${literal(row, embeddingType)})`;
  const made = rows.length > 0 ? rows : [{ id: 0, embedding: ['1'] }];
  const source = `VALUES ${made.map(values).join(', ')}`;
  return `SELECT 7 AS other, ${idOf} AS ${id}, e AS ${embedding} FROM (${source}) AS t(n, e) WHERE ${rows.length > 0}`;
}

/** The statements that create a relation, and the text that names it. */
export function relationOf(shape: Shape): { readonly sql: string; readonly text: string } {
  const select = selectOf(shape);
  switch (shape.form) {
    case 'table':
      return { sql: `CREATE OR REPLACE TABLE r AS ${select}`, text: 'r' };
    case 'temp':
      return { sql: `CREATE OR REPLACE TEMP TABLE t AS ${select}`, text: 'temp.t' };
    case 'view':
      return { sql: `CREATE OR REPLACE VIEW v AS ${select}`, text: ' v ' };
    case 'select':
      return { sql: '', text: select };
    case 'cte':
      return { sql: '', text: `WITH made AS MATERIALIZED (${select}) FROM made;` };
    case 'comment':
      return { sql: '', text: `/* of ; 'x' */ ${select} -- the end;` };
    case 'parquet':
      return { sql: `COPY (${select}) TO 'it''s.parquet'`, text: `it's.parquet` };
    case 'schema':
      return {
        sql: `CREATE SCHEMA IF NOT EXISTS "a.b"; CREATE OR REPLACE TABLE "a.b"."select" AS ${select}`,
        text: '"a.b"."select"',
      };
    case 'odd':
      return { sql: `CREATE OR REPLACE TABLE "it's ""x"";--" AS ${select}`, text: `"it's ""x"";--"` };
  }
}

/** The named arguments that name the columns. */
export const columnArguments = ({ idName, embeddingName }: Shape): string =>
  `id := ${quotedString(idName)}, embedding := ${quotedString(embeddingName)}`;
