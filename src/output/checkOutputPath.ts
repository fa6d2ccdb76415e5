import { resolve } from 'node:path';
import { ioError } from '../errors.ts';
import { isRemote } from '../paths.ts';

/** A folder of a path that DuckDB reads as a column of all files below it, of the name of a result column. */
const COLUMN_FOLDER =
  /(?<=^|[\\/])(?:id|max_id|kept_id|cosine_sim_score|checked_score|kept_score|group_size|rank|centroid|cosine_dist_to_cent|l2_dist_to_cent|max_in_against)=[^\\/]*(?=[\\/]|$)/i;

/**
 * Refuses an output path in which the results could not be read again: below a folder `id=5`, DuckDB reads
 * the value 5 in place of all ids.
 * @throws NearduckError (IO Error).
 */
export function checkOutputPath(output: string): void {
  const path = isRemote(output) ? output : resolve(output);
  const folder = COLUMN_FOLDER.exec(path)?.[0];
  if (folder === undefined) return;
  throw ioError(
    `output folder '${path}' is below a folder '${folder}', which DuckDB reads as a column of the results; ` +
      'choose another one',
  );
}
