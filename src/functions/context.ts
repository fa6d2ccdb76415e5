import { existsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import type { ComputeContext } from '../connection/job.ts';
import { parseBytes } from '../byteSize.ts';
import { memoryPlan, type MemoryPlan } from '../algorithms/memoryPlan.ts';
import type { Checkpoint } from '../algorithms/checkpoint.ts';
import type { StepOptions } from '../algorithms/step.ts';
import { binderError } from '../errors.ts';
import { BACKENDS, type BackendChoice } from '../kernels/backends.ts';
import type { Kernels } from '../kernels/kernels.ts';
import { selectKernels } from '../kernels/select.ts';
import type { ReadOptions } from '../relation/readRelation.ts';
import type { Arguments } from './definition.ts';

type Selection = Awaited<ReturnType<typeof selectKernels>>;

const open = new WeakMap<ReadonlyMap<string, unknown>, Map<BackendChoice, Promise<Selection>>>();

/** The backend of a call: its parameter, `nearduck_backend`, the session's default, or `auto`. */
function backendFor(
  { settings }: ComputeContext,
  { backend: preferred }: Defaults,
  asked: string | undefined,
  functionName: string,
): BackendChoice {
  const name = asked ?? preferred ?? settings.get('backend') ?? 'auto';
  const backend = BACKENDS.find((candidate) => candidate === name);
  if (backend) return backend;
  throw binderError(
    `${functionName}: backend must be one of ${BACKENDS.map((b) => `'${b}'`).join(', ')}, got ` +
      `'${String(name)}'`,
  );
}

/** Opens a backend, once per connection. */
function openKernels({ settings }: ComputeContext, backend: BackendChoice): Promise<Selection> {
  let sessions = open.get(settings);
  if (!sessions) open.set(settings, (sessions = new Map()));
  let selection = sessions.get(backend);
  if (!selection) {
    selection = selectKernels(backend);
    sessions.set(backend, selection);
    selection.catch(() => sessions.delete(backend));
  }
  return selection;
}

/** Closes the backends that a connection has used. */
export async function closeKernels(settings: ReadonlyMap<string, unknown>): Promise<void> {
  const sessions = [...(open.get(settings)?.values() ?? [])];
  open.delete(settings);
  for (const selection of sessions) await (await selection.catch(() => undefined))?.kernels.close();
}

/** The backend that a call used. */
export interface UsedBackend {
  readonly name: string;
  readonly device: string;
}

/** The backends in use on a connection, and why each was selected. */
export async function openBackends(settings: ReadonlyMap<string, unknown>): Promise<Selection[]> {
  return Promise.all(open.get(settings)?.values() ?? []);
}

/** Names and devices of the backends in use on a connection. */
export const usedBackends = async (settings: ReadonlyMap<string, unknown>): Promise<UsedBackend[]> =>
  (await openBackends(settings)).map(({ kernels: { name, device } }) => ({ name, device }));

/** The places that defaults are read from. */
type Configured = Pick<ComputeContext, 'connection' | 'settings'>;

/** What a statement's connection sets now: variables, and settings of DuckDB. */
interface Defaults {
  /** The variable `nearduck_backend`. */
  readonly backend: string | null;
  /** The variable `nearduck_memory_limit`. */
  readonly limit: string | null;
  readonly memoryLimit: string;
  readonly directory: string;
  readonly threads: number;
}

async function defaultsOf({ connection }: Configured): Promise<Defaults> {
  const reader = await connection.runAndReadAll(
    `SELECT
        getvariable('nearduck_backend')::VARCHAR AS backend, getvariable('nearduck_memory_limit')::VARCHAR AS limit,
        current_setting('memory_limit') AS memoryLimit, current_setting('temp_directory') AS directory,
        current_setting('threads')::INTEGER AS threads`,
  );
  return reader.getRowObjects()[0] as unknown as Defaults;
}

/** The memory for nearduck: `nearduck_memory_limit`, the session's setting, or `memory_limit`. */
export const memoryFor = async (context: Configured): Promise<MemoryPlan> =>
  planOf(context, await defaultsOf(context));

const planOf = ({ settings }: Configured, { limit, memoryLimit }: Defaults): MemoryPlan =>
  memoryPlan(parseBytes(String(limit ?? settings.get('memoryLimit') ?? memoryLimit)));

/** The options with which a function reads its relation, and the resources of the following steps. */
interface Resources extends ReadOptions {
  readonly memory: MemoryPlan;
  readonly threads: number;
}

/** Resources with a backend, which is opened while rows are read. */
interface ComputeResources extends Resources {
  /** Rejects when the backend cannot be opened. */
  readonly kernels: Promise<Kernels>;
}

/** The options of a step. `memory` is that of a search. @throws the error of a backend that did not open. */
export async function stepOptions(
  { signal, progress }: ComputeContext,
  { kernels, memory, threads }: ComputeResources,
): Promise<StepOptions> {
  return { kernels: await kernels, signal, progress, memory: memory.search, threads };
}

/**
 * What a function passes on that reads a relation to compute: as `readOptions`, with the backend `asked` for.
 * Reading stops with the error when this cannot be opened.
 * @throws NearduckError (Binder Error) for a backend that is none.
 */
export async function computeOptions(
  context: ComputeContext,
  call: Arguments,
  asked: string | undefined,
): Promise<ComputeResources> {
  const defaults = await defaultsOf(context);
  const backend = backendFor(context, defaults, asked, call.functionName);
  const stop = new AbortController();
  const kernels = openKernels(context, backend).then((selection) => selection.kernels);
  kernels.catch((error: unknown) => stop.abort(error));
  const signal = AbortSignal.any([context.signal, stop.signal]);
  return { ...resources(context, defaults, call), signal, kernels };
}

/** The options of every function that reads a relation. Without a call, invalid rows are an error. */
export const readOptions = async (context: ComputeContext, call?: Arguments): Promise<Resources> =>
  resources(context, await defaultsOf(context), call);

function resources(context: ComputeContext, defaults: Defaults, call?: Arguments): Resources {
  const memory = planOf(context, defaults);
  return {
    connection: context.connection,
    signal: context.signal,
    progress: context.progress,
    notice: context.notice,
    onInvalid: call?.choice('on_invalid') ?? 'error',
    store: { memoryLimit: memory.store, directory: existing(defaults) },
    // DuckDB's setting `threads`, limited by cores and memory.
    threads: Math.min(defaults.threads, memory.threads, availableParallelism()),
    memory,
  };
}

/** DuckDB's `temp_directory` if it exists, otherwise the system's. */
export const temporaryDirectory = async (context: ComputeContext): Promise<string> =>
  existing(await defaultsOf(context));

const existing = ({ directory }: Defaults): string =>
  directory && existsSync(directory) ? directory : tmpdir();

/** The storage for the steps of the connection's run. Undefined when nothing stores them. */
export const checkpointOf = (settings: ReadonlyMap<string, unknown>): Checkpoint | undefined =>
  settings.get('checkpoint') as Checkpoint | undefined;
