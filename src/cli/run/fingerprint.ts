import type { RunIdentity } from '../../output/savedSteps.ts';
import { isFileList, type RunFile } from '../../output/runFile.ts';
import type { DedupOptions } from '../dedup/options.ts';
import { withoutParameters } from '../dedup/input/paths.ts';
import { shellWord } from '../../shellWord.ts';
import { nearduckVersion } from '../versions.ts';
import { changesBetween, type InputFile } from '../dedup/input/inputFile.ts';

/**
 * The layout of the files that steps and tasks leave for each other. Increase it with each change of their
 * names, columns or meaning, so that no run continues from files that it would misread.
 */
export const LAYOUT = 2;

/** Columns that tasks add to their files. Columns of the input with these names are not kept. Lower case. */
export const TASK_COLUMNS = [
  'centroid',
  'cosine_dist_to_cent',
  'l2_dist_to_cent',
  'clusters',
  'bucket',
] as const;

/**
 * The parameters and files that determine the results of a run. Runs with equal fingerprints have equal
 * results. Plain JSON.
 */
export interface Fingerprint {
  readonly version: string;
  /** `LAYOUT` of the build that wrote the files. */
  readonly layout: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The files of the input and the metadata. */
  readonly files: readonly InputFile[];
}

/**
 * Describes the difference between the fingerprints of an earlier run and this one. Returns undefined when
 * they are equal.
 */
export function differenceBetween(before: Fingerprint, now: Fingerprint): string | undefined {
  if (before.version !== now.version) return `it is of nearduck ${before.version}, this is ${now.version}`;
  if (before.layout !== now.layout) return 'it is of another build of nearduck, whose files differ';
  const names = new Set([...Object.keys(before.parameters), ...Object.keys(now.parameters)]);
  for (const name of names) {
    // JSON has no undefined, so that a run in tasks loses it.
    const [was, is] = [before, now].map(({ parameters }) => JSON.stringify(parameters[name] ?? null));
    if (was !== is) return `it has ${optionText(name, was)}, this run has ${optionText(name, is)}`;
  }
  const [change] = changesBetween(before.files, now.files);
  return change && `its input is another one: '${change.path}' ${change.change}`;
}

function optionText(name: string, value: string): string {
  const option = `--${name.replaceAll('_', '-')}`;
  return value === 'null' ? `no ${option}` : `${option} ${value}`;
}

/**
 * The identity of a run with this fingerprint. The run can continue from the saved steps of a run with an
 * equal fingerprint.
 */
export const identityOf = (fingerprint: Fingerprint): RunIdentity => ({
  fingerprint,
  differenceFrom: (before) => differenceBetween(before as Fingerprint, fingerprint),
});

/** Options that do not affect the results. */
const WITHOUT_EFFECT = new Set([
  'output',
  'overwrite',
  'resume',
  'threads',
  'memory_limit',
  's3_patience',
  'httpfs',
  'report',
  'show',
]);

const decidingOf = (parameters: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !WITHOUT_EFFECT.has(name)));

/** Everything that determines the results of a run: version, parameters and input files. */
export async function fingerprintOf(
  options: DedupOptions,
  files: readonly InputFile[],
): Promise<Fingerprint> {
  return {
    version: await nearduckVersion(),
    layout: LAYOUT,
    parameters: decidingOf(parametersOf(options)),
    files: recorded(files),
  };
}

/** Describes how a finished run differs from one with this fingerprint. Returns undefined when it does not. */
export function differenceOfFinished(
  { versions, fingerprint, parameters, input, metadata, against }: RunFile,
  now: Fingerprint,
): string | undefined {
  const before = {
    version: String((versions as Record<string, unknown> | undefined)?.['nearduck']),
    layout: LAYOUT,
    // The parameters of a run in tasks are those that its scripts were given.
    parameters: (fingerprint as Fingerprint | undefined)?.parameters ?? decidingOf(parameters ?? {}),
    files: [input, metadata, against].flatMap((list) => (isFileList(list) ? (list as InputFile[]) : [])),
  };
  return differenceBetween(before, now);
}

/**
 * Describes how the page of a finished run differs from the one that these options ask for, and names the
 * command that writes it. Returns undefined when the run, or a later `nearduck report`, wrote such a page.
 */
export function differenceOfReport(
  { parameters, steps }: RunFile,
  { output, metadata, report, show, groupBy }: DedupOptions,
): string | undefined {
  const run = parameters as Partial<DedupOptions> | undefined;
  const pages = [...(run?.report ? [run] : []), ...steps.filter(({ step }) => step === 'report')];
  const [is, ...were] = [{ show }, ...pages].map((page) => page.show?.toString());
  if (!report || were.includes(is)) return undefined;
  const option = (name: string, value?: string): string =>
    value === undefined ? '' : ` --${name} ${shellWord(value)}`;
  const named = (names?: string): string => option('show', names) || ' no --show';
  const difference =
    were.length === 0 ? 'it has no report' : `its report has${named(were.at(-1))}, this run has${named(is)}`;
  const grouped = metadata === undefined ? '' : option('group-by', groupBy);
  return `${difference}; nearduck report ${shellWord(output)}${option('show', is)}${grouped} writes it`;
}

/** Options by the names that the scripts and SQL use. */
export const parametersOf = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value ?? null,
    ]),
  );

/** Files for `run.json`: parameters of a URL may hold a secret. */
export const recorded = (files: readonly InputFile[]): InputFile[] =>
  files.map((file) => ({ ...file, path: withoutParameters(file.path) }));
