import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import duckdb from '@duckdb/node-bindings';
import { usedBackends, type UsedBackend } from '../../functions/context.ts';
import type { OutputFolder, RunFacts } from '../../output/outputFolder.ts';
import type { Session } from '../../session/session.ts';
import { makeReport, writePairs } from '../report/makeReport.ts';
import { REPORT_PAGE, REPORT_PAIRS } from '../report/writeReport.ts';
import { parametersOf, recorded } from '../run/fingerprint.ts';
import { nearduckVersion } from '../versions.ts';
import type { InputFile } from './input/inputFile.ts';
import { metadataRelation } from './metadata.ts';
import type { DedupOptions } from './options.ts';
import type { StepTimer } from './stepTimer.ts';
import { summaryText, type Findings } from './summary.ts';

/** A run whose scripts are done. */
export interface DoneRun {
  /** As the user gave them. */
  readonly options: DedupOptions;
  /** The options of a command that continues later. */
  readonly later: DedupOptions;
  readonly findings: Findings;
  /** The relation with the column of `--group-by`, if it is not the metadata. */
  readonly groupRelation?: string;
  /** The files that were read. Undefined for metadata and earlier rows that are no files of their own. */
  readonly input: readonly InputFile[];
  readonly metadata?: readonly InputFile[];
  readonly against?: readonly InputFile[];
  /** Default: those in use. */
  readonly backends?: readonly UsedBackend[];
  /** Names of the steps that an earlier run had finished, and of those of this run. */
  readonly steps?: { readonly loaded: readonly string[]; readonly saved: readonly string[] };
  readonly timer: StepTimer;
  readonly seconds: number;
}

/** Writes the page of `--report`, if asked for. Returns the facts for `run.json`, and the summary for people. */
export async function describeRun(
  session: Session,
  output: OutputFolder,
  run: DoneRun,
): Promise<{ readonly facts: RunFacts; readonly summary: string }> {
  const { options, later, findings, metadata, against, steps, timer, seconds } = run;
  const used = run.backends ?? (await usedBackends(session.connection.settings));
  const backends = [...new Map(used.map((backend) => [JSON.stringify(backend), backend])).values()];
  const facts = {
    finished: new Date().toISOString(),
    versions: { nearduck: await nearduckVersion(), duckdb: duckdb.library_version(), node: process.version },
    parameters: parametersOf(options),
    // As `6_export` takes them.
    exported: { metadata: later.metadata ?? null, id: later.id },
    input: recorded(run.input),
    ...(metadata ? { metadata: recorded(metadata) } : {}),
    ...(against ? { against: recorded(against) } : {}),
    backends,
    seconds: {
      total: rounded(seconds),
      ...Object.fromEntries([...timer.seconds].map(([name, s]) => [name, rounded(s)])),
    },
    ...(steps && steps.loaded.length > 0 ? { resumed: { kept: steps.loaded, computed: steps.saved } } : {}),
    findings,
  };
  if (options.report) await timer.time('report', () => writePage(session, output, run, facts));
  const about = { findings, seconds, timer, target: output.target, backends };
  return { facts, summary: await summaryText(session, later, about) };
}

async function writePage(
  { connection }: Session,
  output: OutputFolder,
  { options, later, findings: { eps }, groupRelation }: DoneRun,
  run: RunFacts,
): Promise<void> {
  const page = await makeReport(connection, {
    target: options.output,
    output: output.path,
    folder: output.target,
    run,
    eps,
    rule: options.rule ?? 'chain',
    groups: eps === undefined ? undefined : 'groups',
    metadata: metadataRelation(later.metadata),
    id: later.id,
    show: options.show,
    groupBy: options.groupBy,
    groupRelation,
  });
  writeFileSync(join(output.path, REPORT_PAGE), page);
  await writePairs(connection, join(output.path, REPORT_PAIRS));
}

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
