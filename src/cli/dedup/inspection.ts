import type { Session } from '../../session/session.ts';
import { metadataRelation } from './metadata.ts';
import { shellWord } from '../../shellWord.ts';
import type { DedupOptions } from './options.ts';
import { attachStatement, exportOptions, scriptOption, setOption } from '../report/nextCommand.ts';
import { foldCommand } from '../values/foldText.ts';
import { tableText } from './table.ts';

/** The interesting part of the curve: up to the first eps that drops nine tenths of the maximum. */
const CURVE = `
  SELECT
    eps, duplicates, share,
    round(recall, 4) AS recall, round(recall_low, 4) AS recall_low, round(recall_high, 4) AS recall_high
  FROM eps_curve('pairwise_results')
  JOIN (SELECT eps, recall, recall_low, recall_high FROM recall) USING (eps)
  WHERE duplicates > 0
  QUALIFY coalesce(lag(duplicates) OVER (ORDER BY eps), 0) < 0.9 * max(duplicates) OVER ()
  ORDER BY eps`;

const HISTOGRAM =
  `FROM similarity_histogram('pairwise_results', bins := 12, from_score := ` +
  `score_start('pairwise_results'))`;

/** `Look closer:  `. */
const TITLE_WIDTH = 14;

/** The scores, the rows that each eps would drop, and the commands that continue without computing again. */
export async function inspectionText(session: Session, options: DedupOptions): Promise<string> {
  const candidates = await session.connection.runAndReadAll(
    `SELECT eps FROM eps_candidates('pairwise_results')`,
  );
  const all = candidates.getRows().map(([eps]) => Number(eps));
  const chosen = all[Math.floor(all.length / 2)] ?? 0;
  const statement = attachStatement(options);
  const attach = statement === undefined ? '' : ` -c ${shellWord(statement)}`;
  const start = `nearduck${attach}${setOption('output', options.output)}${setOption('eps', String(chosen))}`;
  const exported = exportOptions(options.id, metadataRelation(options.metadata));
  return `
No --eps given: nothing was marked as a duplicate yet.

Rows by the similarity to their best earlier match:
${await tableText(session, HISTOGRAM)}
Rows that each eps would drop, and the recall, with its 95 % interval:
${await tableText(session, CURVE)}
Candidates: the largest is where the crowd of rows without a duplicate ends.
${await tableText(session, `FROM eps_candidates('pairwise_results')`)}
With one of them, such as ${chosen}:

Look closer:  ${foldCommand(`${start}${scriptOption('explore_eps')}`, TITLE_WIDTH)}
Go on:        ${foldCommand(`${start}${scriptOption('5_identify')}${exported}`, TITLE_WIDTH)}
`;
}
