import { options } from './options.ts';

/** The text of `-help`. */
export function usage(): string {
  const titles = options.map(({ name, argument }) => `-${name}${argument ? ` ${argument}` : ''}`);
  const width = Math.max(...titles.map((title) => title.length)) + 2;
  return `Usage: nearduck [OPTIONS] [DATABASE] [SQL]
       nearduck dedup INPUT [OPTIONS]
       nearduck report OUTPUT [OPTIONS]
       nearduck doctor

'nearduck dedup --help' and 'nearduck report --help' list the options of these commands.

DATABASE is the name of a DuckDB database. A new database is created if the file does not previously exist.
Without a script, statements are read from the standard input; on a terminal, nearduck is a SQL shell.

OPTIONS:
${options.map(({ description }, i) => `  ${titles[i]!.padEnd(width)}${description}\n`).join('')}`;
}
