import { Command } from 'commander';
import { parseCommand } from './optionValues.ts';
import { readRun } from './run/plannedRun.ts';
import { statusText } from './run/statusText.ts';
import { runVerb, withFolderAlone } from './run/verb.ts';

/** `nearduck status RUN`: what is done, running and missing, step by step. */
export async function run(args: readonly string[]): Promise<number> {
  const command = new Command('nearduck status')
    .description('Shows the progress of a run that nearduck plan created.')
    .argument('<run>', 'folder of the run');
  const parsed = parseCommand(command, args);
  if (typeof parsed === 'number') return parsed;
  const [path] = parsed.processedArgs as [string];
  return runVerb('status', () =>
    withFolderAlone(path, async (folder) => statusText(folder, await readRun(folder))),
  );
}
