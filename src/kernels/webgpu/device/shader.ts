import { readFileSync } from 'node:fs';

/** Matches `// unroll $K < 16` and the text up to its `// end`, if it contains no other such block. */
const BLOCK = /^ *\/\/ unroll (\$\w+) < (\w+)\n((?:(?! *\/\/ (?:unroll|end)\b).*\n)*) *\/\/ end\n/m;

/** Matches the line `// include other.wgsl`. */
const INCLUDE = /^ *\/\/ include (\S+)\n/gm;

/** The text of a file and of the files that it includes. */
function textOf(file: URL): string {
  return readFileSync(file, 'utf8').replaceAll(INCLUDE, (_, path: string) => textOf(new URL(path, file)));
}

/** What is inserted into the text of a shader. */
export interface ShaderOptions {
  /** Structs and constants shared with the host, placed before the text of the file. */
  readonly header?: string;
  /** Counts of unrolled blocks, by name. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Names of counts whose blocks become loops instead. */
  readonly loops?: readonly string[];
}

/**
 * Returns the text of a `.wgsl` file. `// include other.wgsl` is replaced by that file. A block between `//
 * unroll $K < 16` and `// end` is repeated, with `$K` replaced by the number of the copy: variables with
 * different names stay in registers, while elements of an array may not. A count can be a name in `counts`.
 * Blocks of names in `loops` become loops; in them, `$K` may only be used in computations.
 */
export function shader(file: URL, { header = '', counts = {}, loops = [] }: ShaderOptions = {}): string {
  let text = header + textOf(file);
  for (let found = BLOCK.exec(text); found; found = BLOCK.exec(text)) {
    const [block, variable, count, body] = found;
    const times = counts[count] ?? Number(count);
    if (loops.includes(count)) {
      const loop = variable.slice(1);
      const turns = `for (var ${loop} = 0u; ${loop} < ${times}; ${loop}++) {\n${body.replaceAll(variable, loop)}}\n`;
      text = text.replace(block, () => turns);
      continue;
    }
    const copies = Array.from({ length: times }, (_, i) => body.replaceAll(variable, String(i)));
    text = text.replace(block, () => copies.join(''));
  }
  return text;
}
