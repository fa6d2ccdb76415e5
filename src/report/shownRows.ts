import { quotedIdentifier, type DuckDBConnection } from '@duckdb/node-api';
import { mediaOf, type MediaBudget } from './media.ts';
import type { Shown } from './reportData.ts';

/** Maximum characters of a displayed text. */
const TEXT_LENGTH = 300;

/**
 * Reads the displayed columns of the rows in `report_ids` from the metadata, by shortened id. Files that the
 * texts name are embedded within `budget`, in the order of these rows, and linked otherwise.
 */
export async function shownRows(
  connection: DuckDBConnection,
  { metadata, id, columns }: { metadata: string; id: string; columns: readonly string[] },
  budget: MediaBudget,
): Promise<Record<string, Shown[]>> {
  const list = columns.map((column) => `metadata.${quotedIdentifier(column)}::VARCHAR`).join(', ');
  const result = await connection.runAndReadAll(
    `SELECT short_text(report_ids.id) AS id, [${list}] AS texts FROM ${metadata} AS metadata JOIN report_ids ` +
      `ON metadata.${quotedIdentifier(id)}::VARCHAR = report_ids.id ORDER BY position`,
  );
  // Without a prototype, because an id may be __proto__.
  const shown = Object.create(null) as Record<string, Shown[]>;
  for (const row of result.getRowObjectsJS() as { id: string; texts: (string | null)[] }[]) {
    shown[row.id] = row.texts.map((text, i) => ({
      column: columns[i],
      text: text === null ? 'NULL' : shortened(text),
      ...(text === null ? {} : { media: mediaOf(text, budget) }),
    }));
  }
  return shown;
}

const shortened = (text: string): string =>
  text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH)}…`;
