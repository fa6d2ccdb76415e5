import { dirname, extname } from 'node:path';

/** Options that take a path: a shell expands an unquoted glob after one of them. */
const WITH_PATH = ['--metadata', '--output', '--against'];

/** An option value that looks like a glob expanded by a shell. */
export interface ExpandedGlob {
  readonly option: string;
  /** The value that the option received. */
  readonly value: string;
  /** The values that the input received. */
  readonly inputs: readonly string[];
  /** True when the command line has other inputs, so that these are not intended. */
  readonly isCertain: boolean;
}

/** Finds an option that got the first match of an expanded glob. `inputs` are the INPUT arguments. */
export function expandedGlob(args: readonly string[], inputs: readonly string[]): ExpandedGlob | undefined {
  for (const [i, option] of args.entries()) {
    if (!WITH_PATH.includes(option)) continue;
    const value = args[i + 1];
    const rest = args.slice(i + 2);
    const end = rest.findIndex((word) => word.startsWith('-'));
    const behind = end < 0 ? rest : rest.slice(0, end);
    const [first] = behind;
    if (first === undefined || !isAlike(value, first)) continue;
    const isCertain = inputs.length > behind.length;
    // `--metadata meta.parquet clips.parquet` may be intended; three sorted paths are not.
    const isSorted =
      behind.length > 1 && [value, ...behind].every((path, at, all) => at === 0 || all[at - 1] < path);
    if (isCertain || isSorted) return { option, value, inputs: behind, isCertain };
  }
  return undefined;
}

/** Returns true when two paths have the same folder and extension, as the matches of most globs have. */
const isAlike = (a: string, b: string): boolean =>
  extname(a) !== '' && extname(a) === extname(b) && dirname(a) === dirname(b);

/** The message about an expanded glob, with the option in quotes as the remedy. */
export function expandedGlobText({ option, value, inputs }: ExpandedGlob): string {
  const named = inputs.slice(0, 2).map((path) => `'${path}'`);
  const more = inputs.length > named.length ? ', …' : '';
  const extension = extname(value);
  const glob = `'${value.slice(0, value.length - extension.length).replace(/[^/]*$/, '*')}${extension}'`;
  return (
    `${option} takes '${value}', and ${named.join(', ')}${more} after it ` +
    `${inputs.length === 1 ? 'is' : 'are'} read as input: if a shell has expanded a glob, quote it: ` +
    `${option} ${glob}`
  );
}
