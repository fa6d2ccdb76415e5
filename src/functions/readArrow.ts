import { type ArrowBatch, ArrowFile } from '../arrow/read/arrowFile.ts';
import { RowParts } from '../columns/parts.ts';
import type { NamedColumn } from '../columns/types.ts';
import { invalidInputError } from '../errors.ts';
import { localPaths } from '../files/localPaths.ts';
import { parametersOf } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';

const EXTENSIONS = /\.(?:arrow|arrows|feather|ipc)$/i;

/** The parameter that names the files to read. */
export const [PATH] = parametersOf(`
  path VARCHAR or VARCHAR[]: a local file, a folder of files, a glob, or a list of these
`);

/** The table function `read_arrow`. */
export const readArrowFunction: FunctionDefinition = {
  name: 'read_arrow',
  description: 'Reads Arrow IPC files and streams (.arrow, .arrows, .feather version 2).',
  returns:
    'the columns of the file; lists and fixed-size lists of numbers as LIST and ARRAY, float16 as FLOAT',
  positional: [PATH],
  named: [],
  example: `FROM read_arrow('embeddings.arrow')`,
  bind(call) {
    const paths = call.texts('path').flatMap((path) => localPaths('read_arrow', path, EXTENSIONS));
    const first = new ArrowFile(paths[0]);
    return {
      columns: first.columns,
      async compute({ signal, progress }) {
        const batches: ArrowBatch[] = [];
        for (const [i, path] of paths.entries()) {
          const file = i === 0 ? first : new ArrowFile(path);
          checkColumns(path, file.columns, paths[0], first.columns);
          batches.push(...file.batches());
          progress({ step: 'read Arrow files', done: i + 1, total: paths.length });
          signal.throwIfAborted();
        }
        const parts = new RowParts(batches.map(({ rowCount }) => rowCount));
        return {
          rowCount: parts.rowCount,
          columns: first.columns.map(({ type }, i) => ({
            type,
            // Values are read from the file while DuckDB scans them.
            write(vector, start, count) {
              let at = 0;
              parts.forEach(start, count, (part, from, taken) => {
                batches[part].values()[i].write(vector, at, from, taken);
                at += taken;
              });
            },
          })),
        };
      },
    };
  },
};

const text = (column: NamedColumn | undefined): string =>
  column ? `"${column.name}" ${column.type.toString()}` : 'no column';

/** The files of a glob form one table: their columns must have the same order, names and types. */
function checkColumns(
  path: string,
  columns: readonly NamedColumn[],
  first: string,
  expected: readonly NamedColumn[],
): void {
  for (let i = 0; i < Math.max(columns.length, expected.length); i++) {
    if (text(columns[i]) === text(expected[i])) continue;
    throw invalidInputError(
      `read_arrow: '${path}' has ${text(columns[i])} where '${first}' has ${text(expected[i])}; read ` +
        'the files one by one',
    );
  }
}
