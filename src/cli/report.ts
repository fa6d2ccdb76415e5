import { Command } from 'commander';
import { writeReport, type ReportOptions } from './report/writeReport.ts';
import { Session } from '../session/session.ts';
import { errorText, printNotice } from './shell/errorText.ts';
import { isRemote } from '../paths.ts';
import { addOptions, parseCommand, path } from './optionValues.ts';

/** `nearduck report OUT …`: exit code 0 when the page was written. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseReport(args);
  if (typeof options === 'number') return options;
  try {
    await using session = await Session.open({
      backend: 'cpu',
      onNotice: printNotice,
    });
    process.stdout.write(`${await writeReport(session, options)}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${errorText(error, 'report')}\n`);
    return 1;
  }
}

function reportCommand(): Command {
  const command = new Command('nearduck report')
    .description(
      'Writes report.html, a page to choose eps, to look at groups, and to judge pairs as the same or ' +
        'different.',
    )
    .argument('<output>', 'output folder of nearduck dedup', path);
  return addOptions(
    command,
    `
    --eps <x> share: eps that the page opens with (default: the eps of the run, or else the largest candidate)
    --metadata <relation> path: file, table or SELECT with the columns to show (default: the metadata of the run)
    --id <col> text: id column of the metadata (default: that of the run)
    --show <cols> columns: columns of the metadata to show beside each row, such as title,path; the page shows the
      pictures, videos and audio that paths name
    --group-by <col> text: show the share of rows dropped per value of this column of the metadata
    --to <file> path: page to write (default: report.html in the folder)
    --atlas <file> path: also write a Parquet file for Embedding Atlas: all rows with their metadata and the column
      neighbors
  `,
  );
}

/** Parses the command line. Returns the exit code after printing help or an error. */
function parseReport(args: readonly string[]): ReportOptions | number {
  const parser = parseCommand(reportCommand(), args);
  if (typeof parser === 'number') return parser;
  const output = parser.processedArgs[0] as string;
  const options = { output, ...parser.opts<Omit<ReportOptions, 'output'>>() };
  if (!isRemote(output) || options.to !== undefined) return options;
  process.stderr.write(`error: '${output}' needs '--to <file>': a page is written to a local file\n`);
  return 1;
}
