import { catalogue } from '../../functions/catalogue.ts';
import type { DotCommand } from './dotCommand.ts';

type CatalogueEntry = (typeof catalogue)[number];

const titleWidth = 38;

const title = ({ name, parameters }: DotCommand): string => `.${name} ${parameters}`.trimEnd();

const firstSentence = (text: string): string => text.split('. ')[0].replace(/\.$/, '');

/** The output of `.help`: every command and function, or those that match the pattern. */
export function helpText(commands: readonly DotCommand[], pattern?: string): string {
  if (pattern === undefined) {
    return [
      ...commands.map((command) => `${title(command).padEnd(titleWidth)} ${command.description}`),
      '',
      'Functions and macros (.help NAME tells more):',
      ...catalogue.map((entry) => `${entry.name.padEnd(titleWidth)} ${firstSentence(entry.description)}`),
      '',
    ].join('\n');
  }
  const wanted = pattern.replace(/^\./, '').toLowerCase();
  const named = <T extends { name: string }>(all: readonly T[]): T[] => {
    const exact = all.filter(({ name }) => name === wanted);
    return exact.length > 0 ? exact : all.filter(({ name }) => name.includes(wanted));
  };
  const texts = [...named(commands).map(commandHelp), ...named(catalogue).map(functionHelp)];
  return texts.length > 0 ? texts.join('') : `Nothing matches '${pattern}'\n`;
}

function commandHelp(command: DotCommand): string {
  return [`${title(command)}    ${command.description}`, ...(command.details ?? []), ''].join('\n');
}

function functionHelp({ signature, description, example, parameters }: CatalogueEntry): string {
  const width = Math.max(0, ...parameters.map(({ name }) => name.length));
  const typeWidth = Math.max(0, ...parameters.map(({ type }) => type.length));
  return [
    signature,
    `  ${description}`,
    ...parameters.map((parameter) => {
      const given = parameter.default === undefined ? '' : ` (default: ${String(parameter.default)})`;
      return (
        `    ${parameter.name.padEnd(width)}  ${parameter.type.padEnd(typeWidth)}  ` +
        `${parameter.description}${given}`
      );
    }),
    `  Example: ${example}`,
    '',
  ].join('\n');
}
