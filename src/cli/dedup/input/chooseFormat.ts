import { ioRefusal } from '../../shell/refusal.ts';
import { extensionOf, formatOf, type Format } from './formats.ts';
import type { InputFile } from './inputFile.ts';
import { leftOutText, type Listing } from './listing.ts';
import { literalPath } from '../../../paths.ts';
import { checkSupported } from './unsupported.ts';

/**
 * The one format of all files of a folder. @throws NearduckError (IO Error) when there are several, or none.
 */
export function formatOfFolder(folder: string, { files, leftOut }: Listing): Format {
  const [first, ...others] = groupsBy(files, ({ path }) => formatOf(path)!);
  if (first === undefined) {
    const found = leftOut.length > 0 ? `; it has ${leftOutText(leftOut)}` : '';
    for (const { path } of leftOut) checkSupported(path);
    throw ioRefusal(`no .parquet, .jsonl, .arrow or .npy files in folder '${folder}'${found}`);
  }
  if (others.length === 0) return first.key;
  const formats = [first, ...others].map(({ key, members }) => `${countOf(key, members)}`);
  const globs = groupsBy(files, ({ path }) => extensionOf(path, formatOf(path)!)).map(
    ({ key }) => `'${literalPath(folder).replace(/\/+$/, '')}/**/*${key}'`,
  );
  throw ioRefusal(
    `folder '${folder}' holds files of several formats: ${formats.join(', ')}; choose with ` +
      `${globs.join(' or ')}`,
  );
}

/** The one format of all files asked for. @throws NearduckError (IO Error) when one has another, or none. */
export function formatOfAll(input: string, files: readonly InputFile[]): Format {
  const groups = groupsBy(files, ({ path }) => formatOf(path));
  const unknown = groups.find(({ key }) => key === undefined);
  if (unknown) {
    const [{ path }] = unknown.members;
    checkSupported(path);
    throw ioRefusal(
      `cannot tell the format of '${path}'; name files that end in .parquet, .jsonl, .arrow or .npy`,
    );
  }
  if (groups.length > 1) {
    const formats = groups.map(({ key, members }) => countOf(key!, members));
    throw ioRefusal(
      `'${input}' matches files of several formats: ${formats.join(', ')}; match one format, ` +
        'such as *.parquet',
    );
  }
  return groups[0].key!;
}

const countOf = ({ name }: Format, members: readonly InputFile[]): string =>
  members.length === 1
    ? `1 ${name} file ('${members[0].path}')`
    : `${members.length.toLocaleString('en-US')} ${name} files (such as '${members[0].path}')`;

/** The common format of several inputs. @throws NearduckError (IO Error) when they differ. */
export function sameFormat(inputs: readonly { readonly text: string; readonly format: Format }[]): Format {
  const [{ text, format }] = inputs;
  const other = inputs.find((input) => input.format !== format);
  if (other === undefined) return format;
  throw ioRefusal(
    `inputs are of several formats: ${format.name} ('${text}') and ${other.format.name} ` +
      `('${other.text}'); name files of one format`,
  );
}

/** Files by key, in the order they come. */
function groupsBy<K>(
  files: readonly InputFile[],
  keyOf: (file: InputFile) => K,
): { key: K; members: InputFile[] }[] {
  const groups = new Map<K, InputFile[]>();
  for (const file of files) {
    const key = keyOf(file);
    const members = groups.get(key);
    if (members) members.push(file);
    else groups.set(key, [file]);
  }
  return [...groups].map(([key, members]) => ({ key, members }));
}
