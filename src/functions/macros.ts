import { columnsOf } from './declarations.ts';
import type { CatalogueEntry } from './definition.ts';

/**
 * The macros of a script for the catalogue, described by the comments that the script sets. Macros without an
 * example are helpers of other macros, and are omitted.
 */
export function macrosOf(script: string): CatalogueEntry[] {
  const created = script.matchAll(/^CREATE OR REPLACE TEMP MACRO (\w+)\(([^)]*)\) AS( TABLE$)?/gm);
  return [...created].flatMap(([, name, parameters, table]) => {
    const comment = commentOn(script, name, table !== undefined);
    const example = /^Example: (.*)$/m.exec(comment)?.[1];
    if (example === undefined) return [];
    const returns = /^Returns (.*)\.$/m.exec(comment)?.[1] ?? '';
    return {
      name,
      kind: table === undefined ? ('scalar macro' as const) : ('table macro' as const),
      signature: `${name}(${parameters})`,
      description: comment.split('\n')[0],
      returns,
      columns: table === undefined ? undefined : columnsOf(returns),
      example,
      parameters: parameters === '' ? [] : parameters.split(', ').map((text) => parameterOf(text, comment)),
    };
  });
}

function commentOn(script: string, name: string, isTable: boolean): string {
  const start = `COMMENT ON MACRO ${isTable ? 'TABLE ' : ''}${name} IS '`;
  const text = new RegExp(`^${start}((?:[^']|'')*)';$`, 'm').exec(script)?.[1] ?? '';
  return text.replaceAll(`''`, `'`);
}

/** Parses a parameter `name` or `name := default`, with its line `name TYPE: description` of the comment. */
function parameterOf(text: string, comment: string): CatalogueEntry['parameters'][number] {
  const [name, fallback] = text.split(' := ');
  const [, type = '', description = ''] = new RegExp(`^${name} ([^:]+): (.*)$`, 'm').exec(comment) ?? [];
  return { name, type, default: fallback, description };
}
