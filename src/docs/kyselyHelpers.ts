import { format, resolveConfig } from 'prettier';
import type { CatalogueColumn, CatalogueEntry } from '../functions/catalogue.ts';

type Parameter = CatalogueEntry['parameters'][number];

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascalCase = (name: string): string => camelCase(`_${name}`);

/** The typed helpers of `nearduck/kysely`, by path in `src/kysely/`: a file for each table function and table macro. */
export async function kyselyHelpers(catalogue: readonly CatalogueEntry[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const folders = { functions: 'table function', macros: 'table macro' } as const;
  for (const [folder, kind] of Object.entries(folders)) {
    const entries = catalogue.filter((entry) => entry.kind === kind);
    for (const entry of entries)
      files.set(`${folder}/${camelCase(entry.name)}.ts`, await formatted(helper(entry)));
    files.set(`${folder}/index.ts`, await formatted(entries.map(exports).join('')));
  }
  return files;
}

async function formatted(text: string): Promise<string> {
  const config = await resolveConfig(new URL('../../package.json', import.meta.url));
  return format(`// Written by \`npm run docs\` from the catalogue.\n${text}`, {
    ...config,
    parser: 'typescript',
  });
}

function exports(entry: CatalogueEntry): string {
  const { name } = entry;
  const types = [
    ...(entry.parameters.length > 1 ? [`${pascalCase(name)}Options`] : []),
    ...(entry.columns ? [`${pascalCase(name)}Row`] : []),
  ].map((type) => `type ${type}`);
  return `export { ${[camelCase(name), ...types].join(', ')} } from './${camelCase(name)}.ts';\n`;
}

function helper(entry: CatalogueEntry): string {
  const { name, columns, description, returns } = entry;
  const [first, ...others] = entry.parameters;
  const type = pascalCase(name);
  const added = (columns ?? []).filter((column) => column.with !== undefined);
  // Columns that an option adds depend on the options of a call.
  const options = new Set(others.map((parameter) => parameter.name));
  const conditions = [...new Set(added.map((column) => column.with!))].filter((condition) =>
    options.has(condition.split(' := ')[0]),
  );
  const always = (columns ?? []).filter((column) => !conditions.includes(column.with ?? ''));
  const row = rowType(entry, always, conditions);
  const idParameter = usesId(columns ?? []) ? ['I = Id'] : [];
  const typeParameters = columns ? idParameter : ['Row = Record<string, unknown>'];
  if (conditions.length > 0) typeParameters.push(`const O extends ${type}Options = ${type}Options`);
  const argument = conditions.length > 0 ? `Only<O, ${type}Options>` : `${type}Options`;
  const isOptional = others.every(isNamed) ? '?' : '';
  const parameters = [
    `${camelCase(first.name)}: ${valueType(first)}`,
    ...(others.length > 0 ? [`options${isOptional}: ${argument}`] : []),
  ];
  const positional = others
    .filter((parameter) => !isNamed(parameter))
    .map(({ name: text }) => `'${camelCase(text)}'`);
  const passed = [camelCase(first.name), ...(others.length > 0 ? ['options'] : [])];
  const body = `return tableCall('${name}', [${positional.join(', ')}], ${passed.join(', ')});`;
  const text = `${others.length > 0 ? optionsInterface(type, name, others) : ''}
${columns ? rowInterface(type, name, always) : ''}
/**
 * ${comment(description)} Returns ${comment(returns)}.
 * @param ${camelCase(first.name)} ${comment(first.description)}
 */
export function ${camelCase(name)}${list(typeParameters)}(${parameters.join(', ')}): RawBuilder<${row}> { ${body} }
`;
  const types = ['Id', 'Only', 'Plain', 'With'].filter((word) =>
    new RegExp(`\\b${word}\\b[^'’]`).test(code(text)),
  );
  return `import type { RawBuilder } from 'kysely';
import { tableCall${types.map((word) => `, type ${word}`).join('')} } from '../tableCall.ts';

${text}`;
}

const code = (text: string): string => text.replaceAll(/\/\*\*[^]*?\*\//g, '');
const list = (parameters: readonly string[]): string =>
  parameters.length > 0 ? `<${parameters.join(', ')}>` : '';
const isNamed = (parameter: Parameter): boolean => parameter.default !== undefined;
const usesId = (columns: readonly CatalogueColumn[]): boolean => columns.some(({ type }) => type === 'id');
const comment = (text: string): string => text.replaceAll('*/', '* /');

function optionsInterface(type: string, name: string, parameters: readonly Parameter[]): string {
  const members = parameters.map((parameter) => {
    const fallback = isNamed(parameter) ? `; default: ${parameter.default}` : '';
    const optional = isNamed(parameter) ? '?' : '';
    return `/** ${comment(parameter.description)}${comment(fallback)} */
  readonly ${camelCase(parameter.name)}${optional}: ${valueType(parameter)};`;
  });
  return `/** Options of \`${name}\`. */
export interface ${type}Options {
  ${members.join('\n  ')}
}
`;
}

function rowInterface(type: string, name: string, columns: readonly CatalogueColumn[]): string {
  return `/** A row of \`${name}\`. */
export interface ${type}Row${usesId(columns) ? '<I = Id>' : ''} {
  ${columns.map((column) => member(column, column.with !== undefined)).join('\n  ')}
}
`;
}

const member = ({ name, type, isNullable }: CatalogueColumn, isOptional: boolean): string =>
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
      .map((column) => member(column, false));
    const of = value === undefined ? '' : `, ${value}`;
    return `With<O, '${camelCase(parameter)}', { ${members.join(' ')} }${of}>`;
  });
  return `Plain<${[row, ...added].join(' & ')}>`;
}

/** What JavaScript gives for a parameter. */
function valueType({ type, choices, takesNull }: Parameter): string {
  const single = choices
    ? choices.map((choice) => `'${choice}'`).join(' | ')
    : parameterType(type.split(' or ')[0]);
  const isList = type.includes('[]');
  const many = isList ? `${single} | readonly ${single.includes('|') ? `(${single})` : single}[]` : single;
  return takesNull ? `${many} | null` : many;
}

function parameterType(type: string): string {
  const types: Record<string, string> = { VARCHAR: 'string', BOOLEAN: 'boolean', BIGINT: 'number | bigint' };
  return types[type] ?? 'number';
}

/** What node-api's conversion to JavaScript makes of a column. */
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
