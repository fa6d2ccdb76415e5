import { NUMBER_TYPES } from '../../columns/types.ts';
import { displayWidth } from '../../text/displayWidth.ts';
import { escapeControls } from './escapeControls.ts';
import { lines, pad, row, rule, type Frame } from './frame.ts';
import { rowTexts, type Mode } from './renderer.ts';

interface Style extends Frame {
  /** Rewrites a value or name so that it stays in its cell. */
  escape?(text: string): string;
  /** Marks columns of numbers, as Markdown does. */
  readonly marksNumbers?: boolean;
}

/** A table whose columns are as wide as their widest value. It collects all rows before it draws. */
function aligned({ escape = (text) => text, marksNumbers, ...frame }: Style): Mode {
  return (columns, settings) => {
    const body: string[][] = [];
    return {
      rows(rows) {
        for (const values of rows.getRows()) body.push(rowTexts(values, columns, settings).map(escape));
        return '';
      },
      end() {
        const names = columns.names.map(escape);
        const widths = names.map((name, column) =>
          body.reduce((width, texts) => Math.max(width, displayWidth(texts[column]!)), displayWidth(name)),
        );
        const line = (texts: readonly string[], align: 'left' | 'center'): string =>
          row(
            frame,
            texts.map((text, column) => pad(text, widths[column]!, align)),
          );
        const marks = widths.map(
          (width, i) => '-'.repeat(width + 1) + (NUMBER_TYPES.has(columns.types[i]!.typeId) ? ':' : '-'),
        );
        return [
          frame.top ? rule(frame.top, widths) : '',
          line(names, 'center'),
          marksNumbers ? `|${marks.join('|')}|\n` : rule(frame.middle, widths),
          ...body.map((texts) => line(texts, 'left')),
          frame.bottom ? rule(frame.bottom, widths) : '',
        ].join('');
      },
    };
  };
}

const plus = ['+', '-', '+', '+'] as const;

/** A table drawn with Unicode box characters. */
export const box = aligned({ ...lines, escape: escapeControls });
/** A table drawn with ASCII characters. */
export const table = aligned({ bar: '|', top: plus, middle: plus, bottom: plus });
/** A Markdown table, with numbers aligned right. */
export const markdown = aligned({
  bar: '|',
  middle: ['|', '-', '|', '|'],
  marksNumbers: true,
  escape: (text) => text.replaceAll('|', String.raw`\|`),
});
