import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const ascii = /^[\u0020-\u007E]*$/;

/** The width of `text` in terminal cells. */
export function displayWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text, { countAnsiEscapeCodes: true });
}

/** The longest beginning of `text` that fits in `cells` terminal cells, and the rest. */
export function splitAtWidth(text: string, cells: number): [head: string, rest: string] {
  let width = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += displayWidth(segment);
    if (width > cells) break;
    end = index + segment.length;
  }
  return [text.slice(0, end), text.slice(end)];
}
