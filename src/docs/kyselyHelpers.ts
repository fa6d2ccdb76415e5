import type { CatalogueColumn } from '../functions/declarations.ts';
import type { CatalogueEntry } from '../functions/definition.ts';

type Parameter = CatalogueEntry['parameters'][number];

const camelCase = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const pascalCase = (name: string): string => camelCase(`_${name}`);
const isNamed = (parameter: Parameter): boolean => parameter.default !== undefined;
const usesId = (columns: readonly CatalogueColumn[]): boolean => columns.some(({ type }) => type === 'id');
const comment = (...lines: readonly string[]): string =>
  `/** ${lines.join('\n * ').replaceAll('*/', '* /')} */`;

/** The typed helpers for table functions and table macros: the text of src/kysely/helpers.ts. */
export function kyselyHelpers(catalogue: readonly CatalogueEntry[]): string {
  const helpers = catalogue.filter(({ kind }) => kind !== 'scalar macro').map(helper);
  return `// Written by \`npm run build\` from the catalogue.
import type { RawBuilder } from 'kysely';
import { tableCall, type Id, type Only, type Plain, type With } from './tableCall.ts';

${helpers.join('\n')}`;
}

/** A function with the types of its options and rows. */
function helper({ name, columns, description, returns, parameters }: CatalogueEntry): string {
  const [first, ...others] = parameters;
  const type = pascalCase(name);
  const positional = others.filter((parameter) => !isNamed(parameter));
  // Columns that an option adds depend on the options of a call.
  const conditions = [...new Set(columns?.flatMap((column) => column.with ?? []))].filter((condition) =>
    others.some((parameter) => parameter.name === condition.split(' := ')[0]),
  );
  const always = (columns ?? []).filter((column) => !conditions.includes(column.with ?? ''));
  const hasConditions = conditions.length > 0;
  const generics = [
    ...(!columns ? ['Row = Record<string, unknown>'] : usesId(columns) ? ['I = Id'] : []),
    ...(hasConditions ? [`const O extends ${type}Options = ${type}Options`] : []),
  ];
  const row = columns ? `${type}Row${usesId(always) ? '<I>' : ''}` : 'Row';
  const added = conditions.map((condition) => addedColumns(condition, columns!));
  const result = hasConditions ? `Plain<${[row, ...added].join(' & ')}>` : row;
  const given = hasConditions ? `Only<O, ${type}Options>` : `${type}Options`;
  const options = `, options${positional.length === 0 ? '?' : ''}: ${given}`;
  const names = positional.map((parameter) => `'${camelCase(parameter.name)}'`).join(', ');
  return `${others.length > 0 ? optionsInterface(type, name, others) : ''}${columns ? rowInterface(type, name, always) : ''}${comment(
    `${description} Returns ${returns}.`,
    `@param ${camelCase(first.name)} ${first.description}`,
  )}
export function ${camelCase(name)}${generics.length > 0 ? `<${generics.join(', ')}>` : ''}(${camelCase(first.name)}: ${valueType(first)}${others.length > 0 ? options : ''}): RawBuilder<${result}> {
  return tableCall('${name}', [${names}], ${camelCase(first.name)}${others.length > 0 ? ', options' : ''});
}
`;
}

function optionsInterface(type: string, name: string, parameters: readonly Parameter[]): string {
  const members = parameters.map((parameter) => {
    const fallback = isNamed(parameter) ? `; default: ${parameter.default}` : '';
    const option = `${camelCase(parameter.name)}${isNamed(parameter) ? '?' : ''}`;
    return `  ${comment(parameter.description + fallback)}\n  readonly ${option}: ${valueType(parameter)};\n`;
  });
  return `${comment(`Options of \`${name}\`.`)}\nexport interface ${type}Options {\n${members.join('')}}\n`;
}

function rowInterface(type: string, name: string, columns: readonly CatalogueColumn[]): string {
  const members = columns.map((column) => `  ${columnMember(column, column.with !== undefined)}\n`);
  const head = `export interface ${type}Row${usesId(columns) ? '<I = Id>' : ''}`;
  return `${comment(`A row of \`${name}\`.`)}\n${head} {\n${members.join('')}}\n`;
}

const columnMember = ({ name, type, isNullable }: CatalogueColumn, isOptional: boolean): string =>
  `${name}${isOptional ? '?' : ''}: ${columnType(type)}${isNullable ? ' | null' : ''};`;

/** The columns that a condition adds: an option, or `copies := false`. */
function addedColumns(condition: string, columns: readonly CatalogueColumn[]): string {
  const [parameter, value] = condition.split(' := ');
  const members = columns
    .filter((column) => column.with === condition)
    .map((column) => columnMember(column, false));
  return `With<O, '${camelCase(parameter)}', { ${members.join(' ')} }${value === undefined ? '' : `, ${value}`}>`;
}

/** The JavaScript type of a parameter. */
function valueType({ type, choices, takesNull }: Parameter): string {
  const types: Record<string, string> = { VARCHAR: 'string', BOOLEAN: 'boolean', BIGINT: 'number | bigint' };
  const single =
    choices?.map((choice) => `'${choice}'`).join(' | ') ?? types[type.split(' or ')[0]] ?? 'number';
  const many = type.includes('[]') ? `${single} | readonly (${single})[]` : single;
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
