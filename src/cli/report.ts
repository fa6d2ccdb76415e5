import { writeReport } from './report/writeReport.ts';
import { Session } from '../session/session.ts';
import { parseReport } from './report/options.ts';
import { errorText, printNotice } from './shell/errorText.ts';

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
