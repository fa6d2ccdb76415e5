import { PAGE_WIDTH } from '../values/foldText.ts';
import { wrapLines } from '../../text/wrapLines.ts';
import { options } from './options.ts';

/** The text of `-help`. */
export function usage(): string {
  const titles = options.map(({ name, argument }) => `-${name}${argument ? ` ${argument}` : ''}`);
  const width = Math.max(...titles.map((title) => title.length)) + 2;
  return `Usage: nearduck [OPTIONS] [DATABASE] [SQL]
       nearduck dedup INPUT... [OPTIONS]
       nearduck report OUTPUT [OPTIONS]
       nearduck plan INPUT... [OPTIONS]
       nearduck task|submit|status RUN [OPTIONS]
       nearduck doctor

'nearduck dedup --help' lists the options of dedup, and so on.

DATABASE is the name of a DuckDB database. A new database is created if the file
does not exist. Without a script, statements are read from the standard input;
on a terminal, nearduck is a SQL shell.

OPTIONS:
${options.map(({ description }, i) => optionText(titles[i]!.padEnd(width), description)).join('')}`;
}

const optionText = (title: string, description: string): string =>
  `${wrapLines(`  ${title}${description}`, PAGE_WIDTH)}\n`;
