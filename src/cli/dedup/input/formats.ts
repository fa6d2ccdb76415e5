import { declaredLines } from '../../../text/declaredLines.ts';
import { withoutParameters } from './paths.ts';
import { ioRefusal, Refusal } from '../../shell/refusal.ts';
import type { InputFile } from './inputFile.ts';
import { leftOutText, type Listing } from './listing.ts';
import { literalPath } from '../../../paths.ts';

/** A file format that can be read. */
export interface Format {
  readonly name: 'Parquet' | 'JSON' | 'Arrow' | 'NumPy';
  /** The table function that reads it. */
  readonly reader: 'read_parquet' | 'read_json' | 'read_arrow' | 'read_npy';
  readonly extension: RegExp;
}

const FORMATS: readonly Format[] = [
  { name: 'Parquet', reader: 'read_parquet', extension: /\.parquet$/i },
  { name: 'JSON', reader: 'read_json', extension: /\.(?:jsonl|ndjson|json)(?:\.(?:gz|zst))?$/i },
  { name: 'Arrow', reader: 'read_arrow', extension: /\.(?:arrow|arrows|feather|ipc)$/i },
  { name: 'NumPy', reader: 'read_npy', extension: /\.np[yz]$/i },
];

/** The format of a file by its name; undefined if it is unknown. */
export const formatOf = (path: string): Format | undefined =>
  FORMATS.find(({ extension }) => extension.test(withoutParameters(path)));

/** The extension of a file of `format` as it is spelled: `.jsonl.gz`. */
const extensionOf = (path: string, { extension }: Format): string =>
  extension.exec(withoutParameters(path))![0];

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

/** Formats of embeddings that are not supported: name, extension, and a way to convert a FILE of them. */
const UNSUPPORTED = declaredLines(String.raw`
  CSV | [ct]sv(\.(gz|zst))? | write Parquet: nearduck -c
    "COPY (SELECT * REPLACE (embedding::FLOAT[] AS embedding) FROM FILE) TO PARQUET"
  Python pickle | pkl|pickle|joblib | write Parquet with df.to_parquet(PARQUET), or np.save(NUMPY, array)
  HDF5 | h5|hdf5? | write a NumPy file: np.save(NUMPY, h5py.File(FILE)['embedding'][:])
  PyTorch | pt|pth | write a NumPy file: np.save(NUMPY, torch.load(FILE).float().numpy())
  Safetensors | safetensors | write a NumPy file: np.save(NUMPY, safetensors.numpy.load_file(FILE)['embedding'])
  Zarr | zarr | write a NumPy file: np.save(NUMPY, zarr.open(FILE)[:])
  FAISS index | faiss | write a NumPy file: index = faiss.read_index(FILE); np.save(NUMPY,
    index.reconstruct_n(0, index.ntotal))
  Lance | lance | write Parquet: pyarrow.parquet.write_table(lance.dataset(FILE).to_table(), PARQUET)
  SQLite | sqlite3? | write Parquet: nearduck -c "COPY (FROM sqlite_scan(FILE, 'TABLE')) TO PARQUET"
  an archive | (tar|zip|tgz)(\.gz)? | unpack it first, and name the files in it
`).map((line) => line.split(' | '));

/** @throws NearduckError (Not Implemented Error) for a known format without support, with a remedy. */
export function checkSupported(path: string): void {
  const plain = withoutParameters(path).replace(/\/+$/, '');
  const found = UNSUPPORTED.find(([, extension]) => new RegExp(`\\.(${extension})$`, 'i').test(plain));
  if (found === undefined) return;
  const [name, , remedy] = found;
  const stem = plain.replace(/\.\w+(?:\.(?:gz|zst))?$/, '');
  const files: Record<string, string> = { FILE: plain, PARQUET: `${stem}.parquet`, NUMPY: `${stem}.npy` };
  const converted = remedy.replaceAll(/\b(?:FILE|PARQUET|NUMPY)\b/g, (word) => `'${files[word]}'`);
  throw new Refusal('Not Implemented', `cannot read '${path}': ${name} is not supported; ${converted}`);
}
