import { writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { quotedString, type DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../../errors.ts';
import { realPath } from '../../files/realPath.ts';
import { RUN_FILE } from '../../output/runFile.ts';
import type { StagedResults } from '../../output/stagedResults.ts';
import { isRemote, literalPath } from '../../paths.ts';
import type { Session } from '../../session/session.ts';
import { metadataRelation } from '../dedup/metadata.ts';
import { makeReport } from './makeReport.ts';
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
  /** Where to write; default report.html in the folder, which must be local then. */
  readonly to?: string;
}

/** The page in an output folder. */
export const REPORT_PAGE = 'report.html';

/**
 * Writes the page and returns where it is.
 * @throws NearduckError (IO Error) where nothing of nearduck is there, (Binder Error) where options do not go together.
 */
export async function writeReport({ connection, results }: Session, options: ReportOptions): Promise<string> {
  const output = isRemote(options.output) ? options.output : realPath(options.output);
  const place = options.to === undefined ? join(output, REPORT_PAGE) : resolve(options.to);
  const run = await runOf(connection, output, options.output);
  const parameters = (run.parameters ?? {}) as Parameters;
  // A run before there was this record has the parameters.
  const exported = (run.exported ?? parameters) as Exported;
  const database = attachStatement(parameters);
  if (database !== undefined && (options.show ?? options.groupBy) !== undefined)
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
  if (options.to !== undefined) writePage(place, html);
  else publish(results, output, html);
  return place;
}

/** What the run was given: null where it was not. */
interface Parameters {
  readonly eps?: number | null;
  readonly rule?: string | null;
  readonly input?: readonly string[];
  readonly table?: string | null;
}

/** What `6_export` is given. */
interface Exported {
  readonly metadata?: string | null;
  readonly id?: string;
}

/** What the folder's groups are of. */
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
    const reader = await connection.runAndReadAll('SELECT content FROM read_text(?)', [
      `${literalPath(output)}/${RUN_FILE}`,
    ]);
    const run: unknown = JSON.parse(String(reader.getRows()[0][0]));
    if (typeof run !== 'object' || run === null || Array.isArray(run)) throw new TypeError('it is no object');
    return run as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw ioError(
      `report: '${name}' has no ${RUN_FILE} to read; pass an output folder of nearduck dedup`,
      cause,
    );
  }
}

function writePage(place: string, html: string): void {
  try {
    writeFileSync(place, html);
  } catch (cause) {
    throw ioError(`report: '${place}' cannot be written: ${(cause as Error).message}`, cause);
  }
}

/** Puts the page in the folder, as a result that a later report replaces. */
function publish(results: StagedResults, output: string, html: string): void {
  try {
    const path = results.stage({
      script: 'report',
      output,
      result: REPORT_PAGE,
      isFile: true,
      overwrite: true,
    });
    writeFileSync(path, html);
    results.publish(path, 'report', { result: REPORT_PAGE });
  } finally {
    results.discard();
  }
}
