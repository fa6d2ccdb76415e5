import { quotedString } from '@duckdb/node-api';
import { shellWord } from '../../shellWord.ts';
import type { ReportRequest } from './reportRequest.ts';

/** Parameters of a run that the new eps replaces, or that the command adds itself. */
const REPLACED = new Set(['input', 'eps', 'drop_share', 'keep_rows', 'overwrite', 'resume']);

/** The statement that attaches the DuckDB file that a run read, if it read one. */
export const attachStatement = ({
  input = [],
  table,
}: {
  readonly input?: readonly string[];
  readonly table?: string | null;
}): string | undefined =>
  table === undefined || table === null || input.length === 0
    ? undefined
    : `ATTACH IF NOT EXISTS ${quotedString(input[0])} (READ_ONLY)`;

/**
 * The command that drops the duplicates at the eps that stands for {eps}: it marks them, and exports where
 * there is metadata. Other rules than chain need all pairs within eps, which only a new run finds.
 */
export function nextCommand(request: ReportRequest): string {
  const { target, id, metadata, rule, run } = request;
  const parameters = (run.parameters ?? {}) as Readonly<Record<string, unknown>>;
  if (rule !== 'chain') return rerun({ ...parameters, output: target, rule });
  const attach = attachStatement(parameters);
  const attached = metadata === undefined || attach === undefined ? '' : ` -c ${shellWord(attach)}`;
  return (
    `nearduck${attached}${setOption('output', target)} -set eps={eps} -set ` +
    `overwrite=true${scriptOption('5_identify')}${exportOptions(id, metadata)}`
  );
}

/** The option that sets a variable of the scripts. */
export const setOption = (name: string, value: string): string => ` -set ${shellWord(`${name}=${value}`)}`;
/** The option that runs a script of the package. */
export const scriptOption = (name: string): string => ` -f nearduck:${name}`;
/** The options that export the metadata. Empty without metadata. */
export const exportOptions = (id: string, metadata: string | undefined): string =>
  metadata === undefined
    ? ''
    : `${id === 'id' ? '' : setOption('id', id)}${setOption('metadata', metadata)}${scriptOption('6_export')}`;

function rerun(parameters: Readonly<Record<string, unknown>>): string {
  const options = Object.entries(parameters)
    .filter(
      ([name, value]) => !REPLACED.has(name) && value !== null && value !== undefined && value !== false,
    )
    .map(([name, value]) => {
      const option = `--${name.replaceAll('_', '-')}`;
      return value === true ? option : `${option} ${shellWord(String(value))}`;
    });
  const input = [parameters.input ?? []].flat().map((text) => shellWord(String(text)));
  return ['nearduck dedup', ...input, ...options, '--eps {eps} --overwrite'].join(' ');
}
