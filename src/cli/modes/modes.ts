import { ascii } from './ascii.ts';
import { box } from './box.ts';
import { column } from './column.ts';
import { csv } from './csv.ts';
import { duckbox } from './duckbox/duckbox.ts';
import { html } from './html.ts';
import { insert } from './insert.ts';
import { json } from './json.ts';
import { jsonLines } from './jsonLines.ts';
import { line } from './line.ts';
import { list } from './list.ts';
import { markdown } from './markdown.ts';
import { quote } from './quote.ts';
import type { Mode } from './renderer.ts';
import { table } from './table.ts';
import { tabs } from './tabs.ts';
import { trash } from './trash.ts';

/** The output modes and what `.help mode` says about them. */
export const modes = {
  ascii: { mode: ascii, description: 'Columns/rows delimited by 0x1F and 0x1E' },
  box: { mode: box, description: 'Tables using unicode box-drawing characters' },
  column: { mode: column, description: 'Output in columns' },
  csv: { mode: csv, description: 'Comma-separated values' },
  duckbox: { mode: duckbox, description: 'Tables with extensive features' },
  html: { mode: html, description: 'HTML <table> code' },
  insert: { mode: insert, description: 'SQL insert statements for TABLE' },
  json: { mode: json, description: 'Results in a JSON array' },
  jsonlines: { mode: jsonLines, description: 'Results in a NDJSON' },
  line: { mode: line, description: 'One value per line' },
  list: { mode: list, description: 'Values delimited by "|"' },
  markdown: { mode: markdown, description: 'Markdown table format' },
  quote: { mode: quote, description: 'Escape answers as for SQL' },
  table: { mode: table, description: 'ASCII-art table' },
  tabs: { mode: tabs, description: 'Tab-separated values' },
  trash: { mode: trash, description: 'No output' },
} as const satisfies Record<string, { mode: Mode; description: string }>;

export type ModeName = keyof typeof modes;

export function isModeName(name: string): name is ModeName {
  return Object.hasOwn(modes, name);
}
