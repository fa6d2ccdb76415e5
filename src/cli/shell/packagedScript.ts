import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ioError } from '../../errors.ts';
import { SQL_DIRECTORY } from '../../sqlScripts.ts';
import { didYouMean } from '../../text/suggestions.ts';

const PREFIX = 'nearduck:';

/**
 * The path of the script that `nearduck:NAME` names, with or without `.sql`; undefined for other paths.
 * @throws NearduckError (IO Error) when the package has none of that name.
 */
export function packagedScript(path: string): string | undefined {
  if (!path.startsWith(PREFIX)) return undefined;
  const name = path.slice(PREFIX.length).replace(/\.sql$/, '');
  const file = new URL(`${encodeURIComponent(name)}.sql`, SQL_DIRECTORY);
  if (existsSync(file)) return fileURLToPath(file);
  const names = scriptNames();
  const hint = didYouMean(name, names);
  throw ioError(`no script "${path}" in this package. ${hint || `The scripts are: ${names.join(', ')}`}`);
}

/** Every `nearduck:NAME`. */
export const packagedScripts = (): string[] => scriptNames().map((name) => PREFIX + name);

function scriptNames(): string[] {
  const scripts = readdirSync(SQL_DIRECTORY).filter((file) => file.endsWith('.sql'));
  return scripts.map((file) => file.slice(0, -'.sql'.length)).toSorted();
}
