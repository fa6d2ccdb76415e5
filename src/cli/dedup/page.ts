import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../../connection/connection.ts';
import type { OutputFolder, RunFacts } from '../../output/outputFolder.ts';
import { makeReport, writePairs } from '../report/makeReport.ts';
import { REPORT_PAGE, REPORT_PAIRS } from '../report/writeReport.ts';
import { metadataRelation } from './metadata.ts';
import type { DedupOptions } from './options.ts';
import type { Findings } from './summary.ts';

/** Writes the page of `--report` beside the results. `later`: options for a later command. */
export async function writePage(
  connection: Connection,
  output: OutputFolder,
  options: DedupOptions,
  {
    facts,
    findings,
    later,
    groupRelation,
  }: {
    readonly facts: RunFacts;
    readonly findings: Findings;
    readonly later: DedupOptions;
    readonly groupRelation?: string;
  },
): Promise<void> {
  const page = await makeReport(connection, {
    target: options.output,
    output: output.path,
    folder: output.target,
    run: facts,
    eps: findings.eps,
    rule: options.rule ?? 'chain',
    groups: findings.eps === undefined ? undefined : 'groups',
    metadata: metadataRelation(later.metadata),
    id: later.id,
    show: options.show,
    groupBy: options.groupBy,
    groupRelation,
  });
  writeFileSync(join(output.path, REPORT_PAGE), page);
  await writePairs(connection, join(output.path, REPORT_PAIRS));
}
