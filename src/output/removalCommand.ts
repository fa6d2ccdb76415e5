import { isS3Path } from '../paths.ts';
import { quotedWord } from '../shellWord.ts';

/** The command that removes all objects below a remote path, or those of one run. */
export function removalCommand(path: string, id?: string): string {
  if (!isS3Path(path)) return 'the tool of the store';
  const filter = id === undefined ? '' : ` --exclude '*' --include '*${id}*'`;
  return `aws s3 rm --recursive ${quotedWord(path)}${filter}`;
}
