import { writeFileSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../../errors.ts';
import { realPath } from '../../files/realPath.ts';
import { RUN_FILE } from '../../output/runFile.ts';
import type { StagedResults } from '../../output/stagedResults.ts';
import { isRemote, literalPath } from '../../paths.ts';
import { oneValue } from '../../queryValues.ts';
import type { Session } from '../../session/session.ts';
import { setVariables, textOrNull } from '../../session/variables.ts';
import { sqlScript } from '../../sqlScripts.ts';
import { metadataRelation } from '../dedup/metadata.ts';
import { makeReport, writePairs } from './makeReport.ts';
import { attachStatement } from './nextCommand.ts';

/** A parsed `nearduck report`. */
export interface ReportOptions {
  /** The folder of a run. */
  readonly output: string;
  readonly eps?: number;
  readonly metadata?: string;
  readonly id?: string;
  readonly show?: readonly string[];
  readonly groupBy?: string;
  /** The file to write. Default: report.html in the folder, which must be local then. */
  readonly to?: string;
  /** A file for Embedding Atlas to write as well. */
  readonly atlas?: string;
}

/** The file to which the pairs of a page are written as a table. */
const pairsBeside = (page: string): string => `${page.replace(/\.html?$/i, '')}_pairs.parquet`;

/** The page in an output folder, and its pairs. */
export const REPORT_PAGE = 'report.html';
/** The file with the pairs of that page. */
export const REPORT_PAIRS = pairsBeside(REPORT_PAGE);

/**
 * Writes the page and returns its path.
 * @throws NearduckError (IO Error) when the folder is not of a run, (Binder Error) when options contradict
 * each other.
 */
export async function writeReport({ connection, results }: Session, options: ReportOptions): Promise<string> {
  const output = isRemote(options.output) ? options.output : realPath(options.output);
  const place = options.to === undefined ? join(output, REPORT_PAGE) : resolve(options.to);
  if (options.to !== undefined) checkFreePage(place, pairsBeside(place));
  if (options.atlas !== undefined) checkFree(options.atlas);
  const run = await runOf(connection, output, options.output);
  const parameters = (run.parameters ?? {}) as Parameters;
  // Older runs have only the parameters.
  const exported = (run.exported ?? parameters) as Exported;
  const database = attachStatement(parameters);
  if (database !== undefined && (options.show ?? options.groupBy ?? options.atlas) !== undefined)
    await connection.run(database);
  const identified = lastIdentified(run);
  const eps = options.eps ?? identified?.eps ?? parameters.eps ?? undefined;
  const html = await makeReport(connection, {
    target: options.output,
    output,
    folder: dirname(place),
    run,
    eps,
    rule: identified?.rule ?? parameters.rule ?? 'chain',
    groups:
      identified !== undefined && identified.eps === eps
        ? `FROM read_parquet(${quotedString(`${literalPath(output)}/groups/*.parquet`)})`
        : undefined,
    metadata: metadataRelation(options.metadata ?? exported.metadata ?? undefined),
    id: options.id ?? exported.id ?? 'id',
    show: options.show,
    groupBy: options.groupBy,
  });
  const writers: Writers = {
    [REPORT_PAGE]: (path) => writeFileSync(path, html),
    [REPORT_PAIRS]: (path) => writePairs(connection, path),
  };
  if (options.to === undefined) await publish(results, output, writers, options.show);
  else await writeAt(place, writers);
  if (options.atlas !== undefined) {
    await setVariables({ connection }, { atlas: textOrNull(options.atlas) });
    await connection.run(sqlScript('atlas'));
  }
  return place;
}

/** The parameters of the run; null for those that were not given. */
interface Parameters {
  readonly eps?: number | null;
  readonly rule?: string | null;
  readonly input?: readonly string[];
  readonly table?: string | null;
}

/** The parameters of `6_export`. */
interface Exported {
  readonly metadata?: string | null;
  readonly id?: string;
}

/** The parameters that the folder's groups were computed with. */
interface Identified {
  readonly step: string;
  readonly eps?: number;
  readonly rule?: string;
}

const lastIdentified = ({ steps }: Readonly<Record<string, unknown>>): Identified | undefined =>
  ((steps ?? []) as readonly Identified[]).findLast(({ step }) => step === '5_identify');

async function runOf(
  connection: DuckDBConnection,
  output: string,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const path = `${literalPath(output)}/${RUN_FILE}`;
    const run: unknown = JSON.parse(
      String(await oneValue(connection, 'SELECT content FROM read_text(?)', [path])),
    );
    if (typeof run !== 'object' || run === null || Array.isArray(run))
      throw new TypeError('it is not an object');
    return run as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw ioError(
      `report: '${name}' has no ${RUN_FILE} to read; pass an output folder of nearduck dedup`,
      cause,
    );
  }
}

/** The script that writes each result, by the result's name in the folder. */
type Writers = Readonly<Record<string, (path: string) => void | Promise<void>>>;

async function writeAt(place: string, writers: Writers): Promise<void> {
  try {
    await writers[REPORT_PAGE](place);
    await writers[REPORT_PAIRS](pairsBeside(place));
  } catch (cause) {
    throw ioError(`report: '${place}' cannot be written: ${(cause as Error).message}`, cause);
  }
}

/** Puts the page and its pairs in the folder, as results that a later report replaces. */
async function publish(
  results: StagedResults,
  output: string,
  writers: Writers,
  show: readonly string[] | undefined,
): Promise<void> {
  try {
    for (const [result, write] of Object.entries(writers)) {
      const path = results.stage({ script: 'report', output, result, isFile: true, overwrite: true });
      await write(path);
      results.publish(path, 'report', { result, show });
    }
  } finally {
    results.discard();
  }
}

/** The first bytes of a page, as in src/report/page/report.html. */
const PAGE = /<title>Near-duplicates in /;

/** @throws NearduckError (IO Error) when a file would be replaced that is no page of nearduck. */
function checkFreePage(page: string, pairs: string): void {
  if (isFile(page)) {
    if (!PAGE.test(readFileSync(page, 'utf8'))) throw taken(page);
  } else checkFree(pairs);
}

/** @throws NearduckError (IO Error) when a file exists there. */
function checkFree(path: string): void {
  if (isFile(path)) throw taken(path);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const taken = (path: string): Error =>
  ioError(`report: '${path}' exists already; remove it, or choose another name`);
