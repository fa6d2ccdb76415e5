import type { CatalogueEntry } from '../functions/definition.ts';

/** Columns a signature may take before it continues on the next line. */
const SIGNATURE_WIDTH = 100;

/** Functions and macros as DuckDB documents its own: signature, parameters, one example. */
export function functionReference(catalogue: readonly CatalogueEntry[]): string {
  return catalogue.map(section).join('\n');
}

function section({ name, signature, description, returns, parameters, example }: CatalogueEntry): string {
  const rows = parameters.map((parameter) => [
    `\`${parameter.name}\``,
    parameter.type,
    parameter.default === undefined ? '' : `\`${parameter.default}\``,
    parameter.description,
  ]);
  return `### ${name}

${description} Returns ${returns}.

\`\`\`sql
${wrapSignature(signature)}
\`\`\`

${table(['parameter', 'type', 'default', ''], rows)}
Example:

\`\`\`sql
${example};
\`\`\`
`;
}

/** Breaks a signature between parameters. */
function wrapSignature(signature: string): string {
  const indent = '    ';
  const lines: string[] = [];
  let line = '';
  for (const parameter of signature.split(/(?<=,) /)) {
    if (line !== '' && line.length + 1 + parameter.length > SIGNATURE_WIDTH) {
      lines.push(line);
      line = indent + parameter;
    } else {
      line = line === '' ? parameter : `${line} ${parameter}`;
    }
  }
  return [...lines, line].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/** Replaces the text between `<!-- name -->` and `<!-- end of name -->`. */
function replaceSection(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no section between '${start.trim()}' and '${end}'`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}

/** The reference with its sections `functions` and `macros` generated from the catalogue. */
export function withReference(reference: string, catalogue: readonly CatalogueEntry[]): string {
  const isMacro = ({ kind }: CatalogueEntry): boolean => kind !== 'table function';
  const functions = functionReference(catalogue.filter((entry) => !isMacro(entry)));
  return replaceSection(
    replaceSection(reference, 'functions', functions),
    'macros',
    functionReference(catalogue.filter(isMacro)),
  );
}
