import { Command, CommanderError } from 'commander';
import { isRemote } from '../../paths.ts';
import { columns, filled, path, share } from '../optionValues.ts';
import type { ReportOptions } from './writeReport.ts';

function command(): Command {
  return new Command('nearduck report')
    .description(
      'Writes report.html: one page to choose eps by, to look at pairs and groups, and to judge them.',
    )
    .argument('<output>', 'folder that nearduck dedup has written', path)
    .option(
      '--eps <x>',
      'eps to begin with (default: that of the run, or one to look at first)',
      share('eps'),
    )
    .option(
      '--metadata <relation>',
      'a file, relation or SELECT text to show columns of (default: that of the run)',
      path,
    )
    .option('--id <col>', 'its id column', filled)
    .option(
      '--show <cols>',
      'columns of the metadata to show beside each row, such as title,path: pictures, video and audio are shown themselves',
      columns,
    )
    .option('--group-by <col>', 'show the share dropped for each value of this column', filled)
    .option('--to <file>', 'page to write (default: report.html in the folder)', path)
    .exitOverride();
}

/** What the command line asks for, or the exit code when it only asked for help or is wrong (the message is printed). */
export function parseReport(args: readonly string[]): ReportOptions | number {
  const parser = command();
  try {
    parser.parse(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  const output = parser.processedArgs[0] as string;
  const options = { output, ...parser.opts<Omit<ReportOptions, 'output'>>() };
  if (!isRemote(output) || options.to !== undefined) return options;
  process.stderr.write(`error: '${output}' needs '--to <file>': a page is written to a local file\n`);
  return 1;
}
