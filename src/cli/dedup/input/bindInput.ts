import { DuckDBTypeId, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { columnsOf, findColumn } from '../../../relation/relation.ts';
import type { Input } from './input.ts';
import { readableName } from './paths.ts';

/**
 * Sets a variable (`input`, which 1_load.sql reads) that `fromInput` reads, and returns the input with the reader it needs: types in
 * JSON are guessed from the first rows, and a guess of whole numbers would round the embeddings that come later.
 */
export async function bindInput(
  connection: DuckDBConnection,
  input: Input,
  embedding: string,
  variable = 'input',
): Promise<Input> {
  await connection.run(`SET VARIABLE ${variable} = ${pathList(input)}`);
  if (input.reader !== 'read_json') return input;
  const columns = await columnsOf(connection, fromInput(input, variable));
  const type = findColumn({ text: input.text, from: fromInput(input, variable), columns }, embedding)?.type;
  const isExact = type?.typeId === DuckDBTypeId.LIST && type.valueType.typeId === DuckDBTypeId.DOUBLE;
  return type === undefined || isExact ? input : { ...input, reader: 'read_json_exactly' };
}

/** The input in a FROM clause, once it is bound. */
export const fromInput = ({ reader }: Input, variable = 'input'): string =>
  `${reader}(getvariable('${variable}'))`;

/** The list of paths as SQL, each of them a name. */
function pathList({ files, reader }: Input): string {
  const paths = files.map(({ path }) => (reader === 'read_arrow' ? path : readableName(path)));
  return `from_json(${quotedString(JSON.stringify(paths))}, '["VARCHAR"]')`;
}
