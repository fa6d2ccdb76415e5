import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { binderError, ioError, messageOf } from '../errors.ts';
import { isClaim } from '../output/remoteOutput.ts';
import { RUN_FILE, runFileText } from '../output/runFile.ts';
import { newId, WORK_FOLDER } from '../output/workspace.ts';
import { oneValue } from '../queryValues.ts';
import { planOf } from '../run/plan.ts';
import type { RunFolder } from '../run/runFolder.ts';
import { isS3Path } from '../paths.ts';
import { putIfAbsent } from '../session/s3/requests.ts';
import type { Session } from '../session/session.ts';
import { setVariables } from '../session/variables.ts';
import { sqlScript } from '../sqlScripts.ts';
import { openAgainst } from './dedup/against.ts';
import { checkPaths, checkSource, openRunInput } from './dedup/checks/checkInput.ts';
import { bindGroups } from './dedup/guard.ts';
import { bindInput } from './dedup/input/bindInput.ts';
import type { Input } from './dedup/input/input.ts';
import type { InputFile } from './dedup/input/inputFile.ts';
import { withoutParameters } from './dedup/input/paths.ts';
import { metadataSnapshot } from './dedup/input/unchanged.ts';
import { sourceOf, type Source } from './dedup/source.ts';
import { scriptsFor, variablesFor } from './dedup/workflow.ts';
import { differenceBetween, fingerprintOf, TASK_COLUMNS } from './run/fingerprint.ts';
import { findRun, readRun, type PlannedInput, type PlannedRun } from './run/plannedRun.ts';
import { runVerb, withFolder } from './run/verb.ts';
import { printNotice } from './shell/errorText.ts';
import { dedupCommand, parse, type DedupOptions } from './dedup/options.ts';
import { addOptions } from './optionValues.ts';
import { shellWord } from '../shellWord.ts';

const notice = (text: string): void => printNotice(`plan: ${text}`);

/** `nearduck plan INPUT … --tasks N --output RUN`: writes `run.json` and prints the steps. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parsePlan(args);
  return typeof options === 'number' ? options : runVerb('plan', () => plan(options));
}

async function plan({ tasks, ...options }: PlanOptions): Promise<string> {
  checkPaths(options);
  return withFolder(
    options.output,
    { s3Patience: options.s3Patience, httpfs: options.httpfs, onNotice: printNotice },
    async (folder, session) => {
      const { connection } = session;
      const listed = await openRunInput(connection, options, notice);
      const against = await openAgainst(connection, options, notice);
      const input = await bindInput(connection, listed, options.embedding);
      const source = await sourceOf(connection, input, options, notice);
      const earlier = await against?.bind(source.options);
      await setVariables(
        session,
        variablesFor(source, { input, against: earlier?.text, output: folder.path }),
      );
      await checkRun(session, input, source);
      const metadata = source.isOwnMetadata ? undefined : await metadataSnapshot(connection, options);
      const files = [...input.files, ...(metadata?.files ?? []), ...(against?.files ?? [])];
      const fingerprint = await fingerprintOf(options, files);
      checkKept(files);
      const steps = planOf({
        // A DuckDB file and its write-ahead log are read as one file.
        files: options.table === undefined ? input.files : input.files.slice(0, 1),
        earlier: against && (against.files ?? []),
        tasks,
        clusters: options.clusters,
      });
      const id = newId();
      const same = (other: PlannedRun): PlannedRun => {
        const difference =
          differenceBetween(other.fingerprint, fingerprint) ??
          (JSON.stringify(other.plan) === JSON.stringify(steps)
            ? undefined
            : 'it has another number of tasks');
        if (difference === undefined) return other;
        throw ioError(`plan: '${options.output}' contains another run: ${difference}; choose another folder`);
      };
      return folder.withLock(id, async () => {
        const found = (await folder.list('.')).filter((name) => name !== `${WORK_FOLDER}/lock`);
        const before = await findRun(folder);
        if (before) return stepsText(folder.path, same(before));
        if (found.length > 0) throw ioError(`plan: '${options.output}' is not empty; choose another folder`);
        const planned: PlannedRun = {
          tool: 'nearduck',
          id,
          planned: new Date().toISOString(),
          plan: steps,
          source,
          reads: {
            input: { ...readOf(input), ...(await firstRowsOf(connection, input)) },
            ...(against ? { against: earlier?.input ? readOf(earlier.input) : STATEMENT } : {}),
          },
          fingerprint,
          directory: process.cwd(),
          steps: [],
          files: [],
        };
        await writeFirst(folder, session, planned);
        const first = same(await readRun(folder));
        if ((await folder.list('.')).some(isClaim))
          throw ioError(`plan: dedup has started to write to '${options.output}'; choose another folder`);
        return stepsText(folder.path, first);
      });
    },
  );
}

/** Writes `run.json` unless it exists. A store without conditional PUT keeps the last one. */
async function writeFirst(folder: RunFolder, { s3 }: Session, planned: PlannedRun): Promise<void> {
  const text = runFileText(planned);
  const path = folder.pathOf(RUN_FILE);
  const access = isS3Path(path) ? await s3?.accessFor(path) : undefined;
  if (access && (await putIfAbsent(access, path, text)) !== undefined) return;
  await folder.write(RUN_FILE, text, planned.id);
}

/** Makes the checks that dedup makes before it reads rows. */
async function checkRun(session: Session, input: Input, source: Source): Promise<void> {
  const relation = await checkSource(session, input, source, notice);
  await bindGroups(session, relation, input.text, source.options);
  for (const script of scriptsFor(source).filter((name) => name.startsWith('1_')))
    await session.connection.run(sqlScript(script));
  await session.connection.run(`
    FROM pairwise(
        'FROM ' || coalesce(getvariable('relation'), 'embeddings') || ' LIMIT 0',
        cluster := NULL,
        which_to_keep := 'random',
        rank_by := getvariable('rank_by'),
        protect := getvariable('protect'),
        against := getvariable('earlier')
    )`);
  await checkRankColumns(session, source);
}

/** @throws NearduckError (Binder Error) when `--rank-by` uses a column that tasks do not keep. */
async function checkRankColumns({ connection }: Session, { options: { rankBy } }: Source): Promise<void> {
  if (rankBy === undefined) return;
  const names = TASK_COLUMNS.map((name) => `''${name}''`).join(', ');
  try {
    await connection.run(`
      FROM pairwise(
          'SELECT COLUMNS(lambda c: lower(c) NOT IN (${names})) FROM ' || coalesce(getvariable('relation'), 'embeddings') || ' LIMIT 0',
          cluster := NULL,
          rank_by := getvariable('rank_by')
      )`);
  } catch (error) {
    const [, missing = ''] = /\bcolumn (?:named )?"([^"]+)"/i.exec(messageOf(error)) ?? [];
    if (!TASK_COLUMNS.some((name) => name === missing.toLowerCase())) throw error;
    throw binderError(
      `plan: --rank-by '${rankBy}' uses a column that the files between the steps have themselves ` +
        `(${TASK_COLUMNS.join(', ')}); name it differently, such as in a view of a DuckDB file, or run dedup`,
    );
  }
}

/** Refuses URLs with parameters, which may hold a secret: run.json does not keep them. */
function checkKept(files: readonly InputFile[]): void {
  const found = files.find(({ path }) => withoutParameters(path) !== path);
  if (found)
    throw ioError(
      `plan: '${withoutParameters(found.path)}' has ?parameters, which run.json does not store, so tasks ` +
        `could not read it; use an s3:// URL and the machine's credentials, or a copy of the file`,
    );
}

const STATEMENT: PlannedInput = { files: [], reader: 'query_table' };

const readOf = ({ files, reader, request: { array } }: Input): PlannedInput => ({ files, reader, array });

/** Rows of NumPy files are numbered across files. Returns the number of the first row of each file. */
async function firstRowsOf(
  connection: DuckDBConnection,
  { files, reader, readerOptions }: Input,
): Promise<Pick<PlannedInput, 'firstRows'>> {
  if (reader !== 'read_npy') return {};
  const firstRows = [0];
  for (const { path } of files) {
    const named = readerOptions === undefined ? '' : `, ${readerOptions}`;
    const rows = await oneValue(connection, `SELECT count(*) FROM read_npy(${quotedString(path)}${named})`);
    firstRows.push(firstRows.at(-1)! + Number(rows));
  }
  return { firstRows };
}

/** The options of `nearduck plan`. */
interface PlanOptions extends DedupOptions {
  readonly tasks: number;
}

/** Parses the command line of `nearduck plan`. Returns the options, or an exit code, like `parseDedup`. */
function parsePlan(args: readonly string[]): PlanOptions | number {
  const parser = dedupCommand(
    'nearduck plan',
    'Cuts what dedup does into tasks, for many machines or one, and writes run.json. Options are those of dedup.',
  );
  addOptions(parser, '--tasks <n> integer(1) required: tasks per step');
  const options = parse(parser, args);
  if (typeof options === 'number') return options;
  const problem = problemOf(options);
  if (problem === undefined) return options as PlanOptions;
  process.stderr.write(`error: ${problem}\n`);
  return 1;
}

/** Returns the reason why a run cannot be split into tasks, or undefined when it can. */
function problemOf({ resume, overwrite }: DedupOptions): string | undefined {
  if (!resume && !overwrite) return undefined;
  return (
    `options '--resume' and '--overwrite' are not for plan: tasks that are done stay done, and a run ` +
    'has a folder of its own'
  );
}

/** The commands of a run's steps, for people. */
function stepsText(folder: string, { plan }: PlannedRun): string {
  const path = shellWord(folder);
  const lines = plan.steps.map(({ name, tasks }) => {
    const index = tasks === 1 ? '' : ` --index 0 … ${tasks - 1}`;
    const count = `${tasks} ${tasks === 1 ? 'task' : 'tasks'}`;
    return `${name.padEnd(10)}${count.padEnd(12)}nearduck task ${path} ${name}${index}\n`;
  });
  return `${lines.join('')}
Each step begins when the one before is done.

Submit them:    nearduck submit ${path} --engine slurm (or print)
Show progress:  nearduck status ${path}
`;
}
