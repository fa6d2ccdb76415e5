import duckdb from '@duckdb/node-bindings';
import { usedBackends, type UsedBackend } from '../../functions/context.ts';
import type { RunFacts } from '../../output/outputFolder.ts';
import type { Session } from '../../session/session.ts';
import { LAYOUT, type Fingerprint } from '../run/fingerprint.ts';
import type { SavedSteps } from '../../output/savedSteps.ts';
import { nearduckVersion } from '../versions.ts';
import type { InputFile } from './input/inputFile.ts';
import { withoutParameters } from './input/paths.ts';
import type { DedupOptions } from './options.ts';
import type { Findings } from './summary.ts';

/** The inputs, findings and costs of a run. */
export interface RunRecord {
  readonly input: readonly InputFile[];
  /** The storage for its steps. */
  readonly kept?: SavedSteps;
  /** Undefined where `--metadata` names no files, or the input itself. */
  readonly metadata?: readonly InputFile[];
  /** As `6_export` takes them; default: as they are among the parameters. */
  readonly exported?: { readonly metadata?: string; readonly id: string };
  /** Files of earlier rows; undefined where `--against` names none. */
  readonly against?: readonly InputFile[];
  /** Default: those in use. */
  readonly backends?: readonly UsedBackend[];
  readonly findings: Findings;
  readonly seconds: number;
  /** Seconds by step. */
  readonly steps: ReadonlyMap<string, number>;
}

/** The facts of a run for `run.json`: versions, parameters, findings and costs. */
export async function runFacts(
  session: Session,
  options: DedupOptions,
  { input, metadata, exported, against, kept, backends, findings, seconds, steps }: RunRecord,
): Promise<RunFacts & { readonly backends: readonly UsedBackend[] }> {
  return {
    finished: new Date().toISOString(),
    versions: { nearduck: await nearduckVersion(), duckdb: duckdb.library_version(), node: process.version },
    parameters: parametersOf(options),
    ...(exported ? { exported: { metadata: exported.metadata ?? null, id: exported.id } } : {}),
    input: recorded(input),
    ...(metadata ? { metadata: recorded(metadata) } : {}),
    ...(against ? { against: recorded(against) } : {}),
    backends: distinct(backends ?? (await usedBackends(session.connection.settings))),
    seconds: {
      total: rounded(seconds),
      ...Object.fromEntries([...steps].map(([name, s]) => [name, rounded(s)])),
    },
    // Steps that an earlier run had finished, and those of this one.
    ...(kept && kept.loaded.length > 0 ? { resumed: { kept: kept.loaded, computed: kept.saved } } : {}),
    findings,
  };
}

const distinct = (backends: readonly UsedBackend[]): UsedBackend[] => [
  ...new Map(backends.map((backend) => [JSON.stringify(backend), backend])).values(),
];

/** Options that do not affect the results. */
const WITHOUT_EFFECT = new Set([
  'output',
  'overwrite',
  'resume',
  'threads',
  'memoryLimit',
  's3Patience',
  'httpfs',
  'report',
  'show',
]);

/** Everything that determines the results of a run: version, parameters and input files. */
export async function fingerprintOf(
  options: DedupOptions,
  files: readonly InputFile[],
): Promise<Fingerprint> {
  const deciding = Object.fromEntries(Object.entries(options).filter(([name]) => !WITHOUT_EFFECT.has(name)));
  return {
    version: await nearduckVersion(),
    layout: LAYOUT,
    parameters: parametersOf(deciding),
    files: recorded(files),
  };
}

const parametersOf = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [snakeCase(name), value ?? null]));

/** Parameters of a URL may hold a secret. */
const recorded = (files: readonly InputFile[]): InputFile[] =>
  files.map((file) => ({ ...file, path: withoutParameters(file.path) }));

/** The name that the scripts and SQL use. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
