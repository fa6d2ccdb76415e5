import type { DuckDBConnection } from '@duckdb/node-api';
import { catalogue, tableFunctions } from '../../src/functions/catalogue.ts';

/** A parameter of a table function or table macro. */
export interface FuzzParameter {
  readonly name: string;
  readonly type: 'text' | 'number' | 'flag' | 'any';
  /** The values in quotes in its description. */
  readonly choices: readonly string[];
}

/** A function or macro that a FROM clause can call. */
export interface Callable {
  readonly name: string;
  readonly positional: readonly FuzzParameter[];
  readonly named: readonly FuzzParameter[];
  readonly example: string | undefined;
}

const typeOf = (type: string): FuzzParameter['type'] =>
  type === 'VARCHAR'
    ? 'text'
    : type === 'BOOLEAN'
      ? 'flag'
      : /INT|DOUBLE|FLOAT|DECIMAL/.test(type)
        ? 'number'
        : 'any';

const functionCallables = (): Callable[] =>
  tableFunctions.map(({ name, positional, named, example }) => {
    const [first, second] = [positional, named].map((list) =>
      list.map((parameter) => ({
        name: parameter.name,
        type: parameter.isList ? ('any' as const) : typeOf(parameter.type.toString()),
        choices: [...parameter.description.matchAll(/'([^']+)'/g)].map(([, choice]) => choice),
      })),
    );
    return { name, positional: first, named: second, example };
  });

/**
 * The functions of the catalogue and the table macros of the session, so that new ones are tested too.
 * Parameters of macros come from the catalogue; for helper macros, they are known by name.
 */
export async function callables(connection: DuckDBConnection): Promise<Callable[]> {
  const reader = await connection.runAndReadAll(
    `SELECT function_name, parameters FROM duckdb_functions()
     WHERE NOT internal AND function_type = 'table_macro' AND database_name = 'temp' ORDER BY ALL`,
  );
  const macros = reader.getRowsJson().map(([name, names]) => {
    const known = catalogue.find((entry) => entry.name === name)?.parameters ?? [];
    const parameters = (names as string[]).map((parameter) => {
      const { type = '', default: fallback } = known.find((one) => one.name === parameter) ?? {};
      return { name: parameter, type: typeOf(type), choices: [], isNamed: fallback !== undefined };
    });
    return {
      name: String(name),
      positional: parameters.filter(({ isNamed }) => !isNamed),
      named: parameters.filter(({ isNamed }) => isNamed),
      example: undefined,
    };
  });
  return [...functionCallables(), ...macros];
}

/** An SQL value that is valid for a parameter. */
export function goodValue({ name, type, choices }: FuzzParameter, callable: string): string {
  const known = callable === 'read_npy' && name === 'path' ? `'embeddings.npy'` : GOOD[name];
  if (known !== undefined) return known;
  if (choices.length > 0) return `'${choices[0]}'`;
  return { text: `'embeddings'`, number: '1', flag: 'true', any: `'embeddings'` }[type];
}

/** Valid values by name of the parameter, for the relations of `RELATIONS`. */
const GOOD: Readonly<Record<string, string>> = {
  relation: `'clustered'`,
  queries: `'embeddings'`,
  against: `'others'`,
  pairs: `'pairs'`,
  verdicts: `'verdicts'`,
  centroids: `'centroids'`,
  path: `'embeddings.arrow'`,
  files: `'embeddings.json'`,
  k: '3',
  clusters: '2',
  eps: '0.1',
  share: '0.5',
  rows: '5',
  rank_by: `'quality DESC'`,
  protect: `'quality > 4'`,
  init: `'centroids'`,
  id: `'id'`,
  embedding: `'embedding'`,
  cluster: `'centroid'`,
  bins: '5',
  from_score: '0',
  metadata: `'embeddings'`,
  group_by: `'quality'`,
  are_duplicates: 'true',
};

/** The relations that the values above name. The functions that create them must work. */
export const RELATIONS = `
  CREATE TABLE embeddings AS
  SELECT i AS id, [cos(a), sin(a)]::FLOAT[] AS embedding, i % 5 AS quality
  FROM (SELECT i, i // 2 + (i % 2) / 100 AS a FROM range(12) AS t(i));
  CREATE TABLE clustered AS FROM embeddings JOIN kmeans('embeddings', 3) USING (id);
  CREATE TABLE centroids AS FROM kmeans_centroids('embeddings', 3);
  CREATE TABLE pairs AS FROM pairwise('clustered');
  CREATE TABLE others AS SELECT id + 6 AS id, embedding FROM embeddings;
  CREATE TABLE verdicts AS SELECT 0.9 + i / 100 AS score, i > 3 AS same FROM range(10) AS t(i);
  CREATE TABLE no_rows AS FROM embeddings LIMIT 0;
  CREATE TABLE one_row AS FROM clustered LIMIT 1;
  CREATE TABLE wide AS SELECT 'x' AS id, range(5000)::FLOAT[] AS embedding;
  CREATE TABLE invalid AS SELECT NULL::INTEGER AS id, [NULL, 'nan', 'inf']::FLOAT[] AS embedding;
  CREATE TABLE "odd ""name""" AS SELECT id AS "Id", embedding AS "the embedding" FROM embeddings;
  CREATE VIEW v AS FROM clustered;
  COPY embeddings TO 'embeddings.json';
  COPY embeddings TO 'embeddings.parquet';
`;
