import duckdb from '@duckdb/node-bindings';
import { openBackends } from '../../functions/context.ts';
import type { RunFacts } from '../../output/outputFolder.ts';
import type { Session } from '../../session/session.ts';
import { nearduckVersion } from '../versions.ts';
import type { InputFile } from './input/inputFile.ts';
import { withoutParameters } from './input/paths.ts';
import type { DedupOptions } from './options.ts';
import type { Findings } from './summary.ts';

/** What a run read, found and took. */
export interface RunRecord {
  readonly input: readonly InputFile[];
  /** Undefined where `--metadata` names no files, or the input itself. */
  readonly metadata?: readonly InputFile[];
  /** Files of earlier rows; undefined where `--against` names none. */
  readonly against?: readonly InputFile[];
  readonly findings: Findings;
  readonly seconds: number;
  /** Seconds by step. */
  readonly steps: ReadonlyMap<string, number>;
}

/** What `run.json` says of a run: versions, parameters, what was found, and what it took. */
export async function runFacts(
  session: Session,
  options: DedupOptions,
  { input, metadata, against, findings, seconds, steps }: RunRecord,
): Promise<RunFacts> {
  const backends = await openBackends(session.connection.settings);
  return {
    finished: new Date().toISOString(),
    versions: { nearduck: await nearduckVersion(), duckdb: duckdb.library_version(), node: process.version },
    parameters: Object.fromEntries(
      Object.entries(options).map(([name, value]) => [snakeCase(name), value ?? null]),
    ),
    input: recorded(input),
    ...(metadata ? { metadata: recorded(metadata) } : {}),
    ...(against ? { against: recorded(against) } : {}),
    backends: backends.map(({ kernels: { name, device } }) => ({ name, device })),
    seconds: {
      total: rounded(seconds),
      ...Object.fromEntries([...steps].map(([name, s]) => [name, rounded(s)])),
    },
    findings,
  };
}

/** Parameters of a URL may hold a secret. */
const recorded = (files: readonly InputFile[]): InputFile[] =>
  files.map((file) => ({ ...file, path: withoutParameters(file.path) }));

/** As the scripts and SQL name it. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
