import { readFileSync } from 'node:fs';

/** `// unroll $K < 16` and what follows up to its `// end`, without another such block in it. */
const BLOCK = /^ *\/\/ unroll (\$\w+) < (\w+)\n((?:(?! *\/\/ (?:unroll|end)\b).*\n)*) *\/\/ end\n/m;

/** `// include other.wgsl`, a line of its own. */
const INCLUDE = /^ *\/\/ include (\S+)\n/gm;

/** A file's text, with those that it includes. */
function textOf(file: URL): string {
  return readFileSync(file, 'utf8').replaceAll(INCLUDE, (_, path: string) => textOf(new URL(path, file)));
}

export interface ShaderOptions {
  /** Structs and constants that the host shares: they come before the text of the file. */
  readonly header?: string;
  /** Counts of blocks, by name. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Names of counts whose blocks become loops. */
  readonly loops?: readonly string[];
}

/**
 * The text of a `.wgsl` file, with `// include other.wgsl` replaced by that file. Blocks between `// unroll $K < 16` and `// end` are written out, `$K` being the number of the
 * copy: what has a name of its own stays in a register, which an array is not sure to. A count may be the name of one in
 * `counts`; those in `loops` become loops instead, where the number is only used to compute.
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
