import { ARRAY, FLOAT } from '@duckdb/node-api';
import { invalidInputError } from '../errors.ts';
import { localPaths } from '../files/localPaths.ts';
import { embeddingColumn, rowColumn, arrayRows, type ArrayRows } from '../npy/rows.ts';
import { npyArray } from '../npy/npyArray.ts';
import { temporaryDirectory } from './context.ts';
import { boundColumns, parametersOf } from './declarations.ts';
import type { FunctionDefinition } from './definition.ts';
import { PATH } from './readArrow.ts';

const EXTENSIONS = /\.np[yz]$/i;

const RETURNS =
  'row BIGINT (counted from first_row on, across files), embedding FLOAT[n] (float64 is rounded)';

/** The table function `read_npy`. */
export const readNpyFunction: FunctionDefinition = {
  name: 'read_npy',
  description:
    'Reads NumPy arrays of float16, float32 or float64 (.npy, .npz). It streams the rows; it does not ' +
    'load the array into memory.',
  returns: RETURNS,
  positional: [PATH],
  named: parametersOf(`
    array_name VARCHAR := none: the array to read from a .npz file with several; a compressed array is first
      inflated into temp_directory
    first_row BIGINT := 0: number of the first row, for reading some of several files
  `),
  example: `SELECT row, embedding[1:2] FROM read_npy('embeddings.npy')`,
  bind(call) {
    const name = call.isGiven('array_name') ? call.text('array_name') : undefined;
    const firstRow = call.integer('first_row', 0);
    const paths = call.texts('path').flatMap((path) => localPaths('read_npy', path, EXTENSIONS));
    const first = npyArray(paths[0], name);
    const { dim } = first.header;
    return {
      columns: boundColumns(RETURNS, { embedding: ARRAY(FLOAT, dim) }),
      async compute(context) {
        const { signal, progress } = context;
        const directory = await temporaryDirectory(context);
        const arrays: ArrayRows[] = [];
        for (const [i, path] of paths.entries()) {
          const array = i === 0 ? first : npyArray(path, name);
          if (array.header.dim !== dim) {
            throw invalidInputError(
              `read_npy: ${array.name} has rows of ${array.header.dim} elements where ${first.name} has ${dim}; ` +
                'read the files one by one',
            );
          }
          const { ranges, offset } = await array.open({ directory, signal });
          arrays.push(arrayRows(array.header, ranges, offset));
          progress({ step: 'read NumPy files', done: i + 1, total: paths.length });
          signal.throwIfAborted();
        }
        const rowCount = arrays.reduce((sum, { rows }) => sum + rows, 0);
        return { rowCount, columns: [rowColumn(firstRow), embeddingColumn(arrays, dim)] };
      },
    };
  },
};
