import { displayWidth } from '../values/displayWidth.ts';
import type { Columns, Mode, RenderSettings } from './renderer.ts';
import { rowTexts } from './texts.ts';

/** How a mode with columns of equal width draws. */
export interface Layout {
  /** Lines above the rows. */
  head(names: readonly string[], widths: readonly number[], columns: Columns): string;
  row(cells: readonly string[]): string;
  /** Lines below the rows. */
  foot(widths: readonly number[]): string;
  /** Whether `.headers off` leaves the head out; a table's frame is drawn all the same. */
  readonly headOptional?: boolean;
  /** Rewrites a value or name so that it stays on one line. */
  escape?(text: string): string;
}

/** A mode that pads every column to its widest value, and so must see all rows first. */
export function aligned(layout: Layout): Mode {
  return (columns, settings) => {
    const lines: string[][] = [];
    return {
      begin: () => '',
      rows(rows) {
        for (const row of rows.getRows()) lines.push(cellTexts(row, columns, settings, layout));
        return '';
      },
      end() {
        const names = layout.escape ? columns.names.map(layout.escape) : columns.names;
        const widths = names.map((name, column) => {
          let width = displayWidth(name);
          for (const line of lines) width = Math.max(width, displayWidth(line[column]!));
          return width;
        });
        const body = lines.map((line) =>
          layout.row(line.map((text, column) => padEnd(text, widths[column]!))),
        );
        const head = settings.headers || !layout.headOptional ? layout.head(names, widths, columns) : '';
        return head + body.join('') + layout.foot(widths);
      },
    };
  };
}

function cellTexts(
  row: Parameters<typeof rowTexts>[0],
  columns: Columns,
  settings: RenderSettings,
  { escape }: Layout,
): string[] {
  const texts = rowTexts(row, columns, settings);
  return escape ? texts.map(escape) : texts;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** `text` in the middle of `width` cells; an odd space goes to the right. */
export function center(text: string, width: number): string {
  const space = Math.max(0, width - displayWidth(text));
  return ' '.repeat(space >> 1) + text + ' '.repeat((space + 1) >> 1);
}
