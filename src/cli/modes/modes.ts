import { didYouMean } from '../../text/suggestions.ts';
import { box, markdown, table } from './aligned.ts';
import { duckbox } from './duckbox/duckbox.ts';
import { json, jsonLines, csv, list, line } from './separated.ts';
import type { Mode } from './renderer.ts';

/** The output modes and what `.help mode` says about them. */
export const modes = {
  box: { mode: box, description: 'Tables using unicode box-drawing characters' },
  csv: { mode: csv, description: 'Comma-separated values' },
  duckbox: { mode: duckbox, description: 'Tables with extensive features' },
  json: { mode: json, description: 'Results in a JSON array' },
  jsonlines: { mode: jsonLines, description: 'Results in a NDJSON' },
  line: { mode: line, description: 'One value per line' },
  list: { mode: list, description: 'Values delimited by "|"' },
  markdown: { mode: markdown, description: 'Markdown table format' },
  table: { mode: table, description: 'ASCII-art table' },
} as const satisfies Record<string, { mode: Mode; description: string }>;

/** The name of an output mode. */
export type ModeName = keyof typeof modes;

/** Modes of DuckDB that are not supported, and their replacements. */
const replacements: Readonly<Record<string, string>> = {
  ascii: String.raw`.mode list and .separator "\x1f" "\x1e"`,
  column: '.mode table',
  html: '.mode markdown',
  insert: `COPY … TO 'rows.csv' or 'rows.parquet'`,
  latex: '.mode markdown',
  quote: '.mode csv',
  tabs: String.raw`.mode list and .separator "\t"`,
  tcl: '.mode csv',
  trash: '.output /dev/null',
};

/** The replacement for a DuckDB mode that is not supported. Returns undefined for other names. */
export function absentMode(name: string): string | undefined {
  if (!Object.hasOwn(replacements, name)) return undefined;
  return `Not Implemented Error: mode '${name}' is not supported: use ${replacements[name]}`;
}

/** @throws Error for an unknown name, with a suggestion. */
export function modeName(name: string): ModeName {
  if (Object.hasOwn(modes, name)) return name as ModeName;
  const names = Object.keys(modes);
  const hint = didYouMean(name, names);
  throw new Error(
    absentMode(name) ??
      `Error: mode should be one of: ${names.join(' ')}; got '${name}'${hint && `\n\n${hint}`}`,
  );
}
