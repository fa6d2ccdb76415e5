import type { CatalogueColumn, CatalogueEntry } from '../functions/definition.ts';
import { wrapLines } from '../text/wrapLines.ts';

type Parameter = CatalogueEntry['parameters'][number];

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascalCase = (name: string): string => camelCase(`_${name}`);
const isNamed = (parameter: Parameter): boolean => parameter.default !== undefined;
const usesId = (columns: readonly CatalogueColumn[]): boolean => columns.some(({ type }) => type === 'id');

/** Maximum length of a line. */
const WIDTH = 110;

/** A documentation comment, one paragraph per text. */
function comment(indent: string, ...texts: readonly string[]): string {
  const safe = texts.map((text) => text.replaceAll('*/', '* /'));
  const one = `${indent}/** ${safe[0]} */`;
  if (safe.length === 1 && one.length <= WIDTH) return one;
  const lines = safe.flatMap((text) => wrapLines(text, WIDTH - indent.length - 3).split('\n'));
  return [`${indent}/**`, ...lines.map((line) => `${indent} * ${line}`), `${indent} */`].join('\n');
}

/** The typed helpers for table functions and table macros, by path in `src/kysely/`. */
export function kyselyHelpers(catalogue: readonly CatalogueEntry[]): Map<string, string> {
  const kinds = { 'functions.ts': 'table function', 'macros.ts': 'table macro' } as const;
  return new Map(
    Object.entries(kinds).map(([path, kind]) => [
      path,
      helpersFile(catalogue.filter((entry) => entry.kind === kind)),
    ]),
  );
}

function helpersFile(entries: readonly CatalogueEntry[]): string {
  const members = entries.flatMap(({ parameters }) => parameters.slice(1).map(member));
  // Of options that have the same name the one that comes first.
  const firsts = [...new Map(members.toReversed().map((text) => [nameOf(text), text])).values()].toReversed();
  const shared = firsts.filter((text) => members.indexOf(text) !== members.lastIndexOf(text));
  const pool =
    shared.length > 0
      ? `\n/** Options of several helpers. */\ninterface Shared {\n${shared.join('')}}\n`
      : '';
  const body = pool + entries.map((entry) => helper(entry, shared)).join('');
  const types = ['Id', 'Only', 'Plain', 'With'].filter((type) => new RegExp(`[^\\w.]${type}[<>]`).test(body));
  return `// Written by \`npm run docs\` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall${types.map((type) => `, type ${type}`).join('')} } from './tableCall.ts';
${body}`;
}

const nameOf = (text: string): string => /^  readonly (\w+)/m.exec(text)![1];

/** An option with its documentation. */
function member(parameter: Parameter): string {
  const fallback = isNamed(parameter) ? `; default: ${parameter.default}` : '';
  const name = `${camelCase(parameter.name)}${isNamed(parameter) ? '?' : ''}`;
  return `${comment('  ', parameter.description + fallback)}\n  readonly ${name}: ${valueType(parameter)};\n`;
}

function helper(entry: CatalogueEntry, shared: readonly string[]): string {
  const { name, columns, description, returns } = entry;
  const [first, ...others] = entry.parameters;
  const type = pascalCase(name);
  const options = new Set(others.map((parameter) => parameter.name));
  // Columns that an option adds depend on the options of a call.
  const conditions = [...new Set(columns?.flatMap((column) => column.with ?? []))].filter((condition) =>
    options.has(condition.split(' := ')[0]),
  );
  const always = (columns ?? []).filter((column) => !conditions.includes(column.with ?? ''));
  const typeParameters = columns ? (usesId(columns) ? ['I = Id'] : []) : ['Row = Record<string, unknown>'];
  if (conditions.length > 0) typeParameters.push(`const O extends ${type}Options = ${type}Options`);
  const given = conditions.length > 0 ? `Only<O, ${type}Options>` : `${type}Options`;
  const parameters = [`${camelCase(first.name)}: ${valueType(first)}`];
  if (others.length > 0) parameters.push(`options${others.every(isNamed) ? '?' : ''}: ${given}`);
  const positional = others
    .filter((parameter) => !isNamed(parameter))
    .map((parameter) => `'${camelCase(parameter.name)}'`);
  const passed = [
    `'${name}'`,
    `[${positional.join(', ')}]`,
    camelCase(first.name),
    ...(others.length > 0 ? ['options'] : []),
  ];
  const generics = typeParameters.length > 0 ? `<${typeParameters.join(', ')}>` : '';
  const documentation = comment(
    '',
    `${description} Returns ${returns}.`,
    `@param ${camelCase(first.name)} ${first.description}`,
  );
  const start = `export function ${camelCase(name)}${generics}(`;
  const end = `): RawBuilder<${rowType(entry, always, conditions)}> {`;
  const line = start + parameters.join(', ') + end;
  const fits = line.split('\n')[0].length <= WIDTH;
  return `
${others.length > 0 ? optionsInterface(type, name, others.map(member), shared) : ''}${columns ? rowInterface(type, name, always) : ''}${documentation}
${fits ? line : `${start}\n  ${parameters.join(',\n  ')},\n${end}`}
  return tableCall(${passed.join(', ')});
}
`;
}

function optionsInterface(
  type: string,
  name: string,
  members: readonly string[],
  shared: readonly string[],
): string {
  const taken = members.filter((text) => shared.includes(text)).map((text) => `'${nameOf(text)}'`);
  const own = members.filter((text) => !shared.includes(text)).join('');
  const head = `${comment('', `Options of \`${name}\`.`)}\nexport interface ${type}Options`;
  const line = ` extends Pick<Shared, ${taken.join(' | ')}>`;
  const names = wrapLines(taken.join(' | '), WIDTH - 4).replaceAll('\n', '\n    ');
  const fits = head.split('\n')[1].length + line.length + 2 <= WIDTH;
  const base = taken.length === 0 ? '' : fits ? line : ` extends Pick<\n  Shared,\n  ${names}\n>`;
  return `${head}${base} {${own === '' ? '' : `\n${own}`}}\n`;
}

function rowInterface(type: string, name: string, columns: readonly CatalogueColumn[]): string {
  const members = columns.map((column) => columnMember(column, column.with !== undefined));
  const head =
    `${comment('', `A row of \`${name}\`.`)}\nexport interface ` +
    `${type}Row${usesId(columns) ? '<I = Id>' : ''}`;
  return `${head} {\n  ${members.join('\n  ')}\n}\n\n`;
}

const columnMember = ({ name, type, isNullable }: CatalogueColumn, isOptional: boolean): string =>
  `${name}${isOptional ? '?' : ''}: ${columnType(type)}${isNullable ? ' | null' : ''};`;

function rowType(
  { name, columns }: CatalogueEntry,
  always: readonly CatalogueColumn[],
  conditions: readonly string[],
): string {
  if (!columns) return 'Row';
  const row = `${pascalCase(name)}Row${usesId(always) ? '<I>' : ''}`;
  if (conditions.length === 0) return row;
  const added = conditions.map((condition) => {
    const [parameter, value] = condition.split(' := ');
    const members = columns
      .filter((column) => column.with === condition)
      .map((column) => columnMember(column, false));
    return `With<O, '${camelCase(parameter)}', { ${members.join(' ')} }${value === undefined ? '' : `, ${value}`}>`;
  });
  return `Plain<\n  ${[row, ...added].join(' &\n    ')}\n>`;
}

/** The JavaScript type of a parameter. */
function valueType({ type, choices, takesNull }: Parameter): string {
  const types: Record<string, string> = { VARCHAR: 'string', BOOLEAN: 'boolean', BIGINT: 'number | bigint' };
  const single =
    choices?.map((choice) => `'${choice}'`).join(' | ') ?? types[type.split(' or ')[0]] ?? 'number';
  const many = type.includes('[]')
    ? `${single} | readonly ${single.includes('|') ? `(${single})` : single}[]`
    : single;
  return takesNull ? `${many} | null` : many;
}

/** The JavaScript type that node-api converts a column to. */
function columnType(type: string): string {
  if (type === 'id') return 'I';
  const element = /^(.*)\[\w*\]$/.exec(type)?.[1];
  if (element !== undefined) return `${columnType(element)}[]`;
  const fields = /^STRUCT\((.*)\)$/.exec(type)?.[1].matchAll(/"?(\w+)"? ([^,]+)/g);
  if (fields)
    return `{ ${[...fields].map(([, name, field]) => `${name}: ${columnType(field)}`).join('; ')} }`;
  const types: Record<string, string> = {
    VARCHAR: 'string',
    BOOLEAN: 'boolean',
    INTEGER: 'number',
    BIGINT: 'bigint',
    FLOAT: 'number',
    DOUBLE: 'number',
  };
  return types[type] ?? 'unknown';
}
