/** The facts of a run for a page: one line per fact of its `run.json`. */
export function runFactLines(run: Readonly<Record<string, unknown>>): [string, string][] {
  const { id, finished, versions, parameters, input, backends, seconds, findings } = run;
  const files = Array.isArray(input) ? `${input.length} files, ${bytesOf(input)} bytes` : '';
  const facts: [string, unknown][] = [
    ['run', id],
    ['finished', finished],
    ['versions', versions],
    ['parameters', parameters],
    ['input', files],
    ['backends', backends],
    ['seconds', seconds],
    ['findings', findings],
  ];
  return facts
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => [name, textOf(value)]);
}

const bytesOf = (files: readonly { readonly bytes?: number }[]): string =>
  files.reduce((sum, { bytes = 0 }) => sum + bytes, 0).toLocaleString('en-US');

/** Objects as `name: value`, nested ones in brackets. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join('; ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .filter(([, part]) => part !== null)
    .map(
      ([name, part]) =>
        `${name}: ${typeof part === 'object' && part !== null ? `(${textOf(part)})` : String(part)}`,
    )
    .join(', ');
}
