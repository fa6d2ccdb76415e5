import { displayWidth } from '../../text/displayWidth.ts';
import { wrapLines } from '../../text/wrapLines.ts';

/** The width that every terminal and batch log can show. */
export const PAGE_WIDTH = 80;

/** A name and its value, indented below its beginning. No break is made at a no-break space. */
export function fieldText(name: string, value: string, nameWidth: number): string {
  const [first, ...more] = wrapLines(value, PAGE_WIDTH - nameWidth)
    .replaceAll('\u00A0', ' ')
    .split('\n');
  return [name.padEnd(nameWidth) + first, ...more.map((line) => ' '.repeat(nameWidth) + line)].join('\n');
}

/** A word of a command, in quotes or not. */
const WORD = /(?:'[^']*'|\\.|[^\s'\\])+/g;
const INDENT = '    ';

/** A command for a POSIX shell, broken before options where a line is too long. `used`: cells before it. */
export function foldCommand(command: string, used: number): string {
  const lines: string[] = [];
  let line = '';
  const words = [...command.matchAll(WORD)].map(([word]) => word);
  for (let i = 0; i < words.length;) {
    // An option and its values stay on one line.
    let end = i + 1;
    while (end < words.length && !words[end].startsWith('-')) end++;
    const part = words.slice(i, end).join(' ');
    i = end;
    const room = PAGE_WIDTH - 2 - (lines.length === 0 ? used : 0);
    if (line !== '' && displayWidth(`${line} ${part}`) > room) {
      lines.push(line);
      line = INDENT + part;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return [...lines, line].join(' \\\n');
}
