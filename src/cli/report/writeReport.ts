import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ioError } from '../../errors.ts';
import { RUN_FILE } from '../../output/runFile.ts';
import type { StagedResults } from '../../output/stagedResults.ts';
import type { Session } from '../../session/session.ts';
import { metadataRelation } from '../dedup/metadata.ts';
import { makeReport } from './makeReport.ts';

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
  const place = options.to === undefined ? resolve(options.output, REPORT_PAGE) : resolve(options.to);
  const run = await runOf(connection, options.output);
  const parameters = (run.parameters ?? {}) as { eps?: number; metadata?: string; id?: string };
  const eps = options.eps ?? parameters.eps;
  const html = await makeReport(connection, {
    target: options.output,
    output: options.output,
    folder: dirname(place),
    run,
    eps,
    groups:
      identifiedEps(run) === eps && eps !== undefined ? `${options.output}/groups/*.parquet` : undefined,
    metadata: metadataRelation(options.metadata ?? parameters.metadata),
    id: options.id ?? parameters.id ?? 'id',
    show: options.show,
    groupBy: options.groupBy,
  });
  if (options.to !== undefined) writeFileSync(place, html);
  else publish(results, options.output, html);
  return place;
}

/** The eps that the folder's groups are of. */
function identifiedEps({ steps }: Readonly<Record<string, unknown>>): unknown {
  const identified = (steps as readonly { step: string; eps?: number }[] | undefined)?.filter(
    ({ step }) => step === '5_identify',
  );
  return identified?.at(-1)?.eps;
}

async function runOf(
  connection: DuckDBConnection,
  output: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    const reader = await connection.runAndReadAll('SELECT content FROM read_text(?)', [
      `${output}/${RUN_FILE}`,
    ]);
    return JSON.parse(String(reader.getRows()[0][0])) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw ioError(
      `report: '${output}' has no ${RUN_FILE} to read; pass a folder that nearduck dedup has written`,
      cause,
    );
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
