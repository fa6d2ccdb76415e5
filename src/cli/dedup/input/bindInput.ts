import { DuckDBTypeId, quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { columnsOf, findColumn } from '../../../relation/relation.ts';
import type { Input } from './input.ts';
import { readableName } from './paths.ts';

/**
 * Sets the variable that `fromInput` and the scripts read, called as the input was requested, and returns the
 * input with the reader it needs: types in JSON are guessed from the first rows, and a guess of whole numbers
 * would round the embeddings that come later.
 */
export async function bindInput(
  connection: DuckDBConnection,
  input: Input,
  embedding: string,
): Promise<Input> {
  await connection.run(`SET VARIABLE ${input.request.name} = ${boundTo(input)}`);
  if (input.reader !== 'read_json') return input;
  const columns = await columnsOf(connection, fromInput(input));
  const type = findColumn({ text: input.text, from: fromInput(input), columns }, embedding)?.type;
  const isExact = type?.typeId === DuckDBTypeId.LIST && type.valueType.typeId === DuckDBTypeId.DOUBLE;
  return type === undefined || isExact ? input : { ...input, reader: 'read_json_exactly' };
}

/** The input in a FROM clause, once it is bound. */
export const fromInput = (input: Input): string => call(input, `getvariable('${input.request.name}')`);

/** The input in a FROM clause of another session, with its files spelled out. */
export const fromFiles = (input: Input): string => call(input, boundTo(input));

const call = ({ reader, readerOptions }: Input, files: string): string =>
  `${reader}(${[files, readerOptions].filter((part) => part !== undefined).join(', ')})`;

/** nearduck's own readers take an existing path as a name, not as a glob. */
const OWN_READERS: readonly string[] = ['read_arrow', 'read_npy'];

/** The table, or the list of paths, each of them a name. */
function boundTo({ files, reader, table }: Input): string {
  if (table !== undefined) return quotedString(table);
  const paths = files.map(({ path }) => (OWN_READERS.includes(reader) ? path : readableName(path)));
  return `from_json(${quotedString(JSON.stringify(paths))}, '["VARCHAR"]')`;
}
