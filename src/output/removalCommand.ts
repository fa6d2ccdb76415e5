import { isS3Path } from '../paths.ts';
import { quotedWord } from '../shellWord.ts';

/** The command that removes what is below a remote path, or of that the objects of one run: DuckDB removes none. */
export function removalCommand(path: string, id?: string): string {
  if (!isS3Path(path)) return 'the tool of the store';
  const filter = id === undefined ? '' : ` --exclude '*' --include '*${id}*'`;
  return `aws s3 rm --recursive ${quotedWord(path)}${filter}`;
}
