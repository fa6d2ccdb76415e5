const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** East Asian wide and fullwidth blocks; pictographs that terminals draw two cells wide match `Emoji_Presentation`. */
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{17000}-\u{18DFF}\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]/u;
const zeroWidth = /^[\p{Cc}\p{Cf}\p{M}]+$/u;
const ascii = /^[\u0020-\u007E]*$/;

/** How many terminal cells `text` takes. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The longest start of `text` of at most `cells` terminal cells, and what is left of it. */
export function splitAtWidth(text: string, cells: number): [head: string, rest: string] {
  let width = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > cells) break;
    end = index + segment.length;
  }
  return [text.slice(0, end), text.slice(end)];
}

function graphemeWidth(grapheme: string): number {
  if (zeroWidth.test(grapheme)) return 0;
  return wide.test(grapheme) || grapheme.includes('\uFE0F') ? 2 : 1;
}
