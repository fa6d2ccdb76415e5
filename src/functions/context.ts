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

/**
 * The backend of a call: its own parameter, the session variable `nearduck_backend`, the session's default,
 * or `auto`.
 */
async function backendFor(
  context: ComputeContext,
  asked: string | undefined,
  functionName: string,
): Promise<BackendChoice> {
  const name =
    asked ?? (await variable(context, 'nearduck_backend')) ?? context.settings.get('backend') ?? 'auto';
  const backend = BACKENDS.find((candidate) => candidate === name);
  if (backend) return backend;
  throw binderError(
    `${functionName}: backend must be one of ${BACKENDS.map((b) => `'${b}'`).join(', ')}, got '${String(name)}'`,
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

/** The number of threads to compute with: DuckDB's setting `threads`, limited by cores and memory. */
async function threadsFor(context: ComputeContext, { threads }: MemoryPlan): Promise<number> {
  return Math.min(Number(await setting(context, 'threads')), threads, availableParallelism());
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

export const usedBackends = async (settings: ReadonlyMap<string, unknown>): Promise<UsedBackend[]> =>
  (await openBackends(settings)).map(({ kernels: { name, device } }) => ({ name, device }));

/**
 * The memory for nearduck: the variable `nearduck_memory_limit`, the session's setting, or DuckDB's
 * `memory_limit`.
 */
export async function memoryFor(context: Settled): Promise<MemoryPlan> {
  const limit = (await variable(context, 'nearduck_memory_limit')) ?? context.settings.get('memoryLimit');
  return memoryPlan(parseBytes(String(limit ?? (await setting(context, 'memory_limit')))));
}

/** The places that defaults are read from. */
type Settled = Pick<ComputeContext, 'connection' | 'settings'>;

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

/**
 * The options of a step. `memory` is the memory of a search.
 * @throws the error of the backend when it could not be opened.
 */
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
  const backend = await backendFor(context, asked, call.functionName);
  const options = await readOptions(context, call);
  const stop = new AbortController();
  const kernels = openKernels(context, backend).then((selection) => selection.kernels);
  kernels.catch((error: unknown) => stop.abort(error));
  return { ...options, signal: AbortSignal.any([context.signal, stop.signal]), kernels };
}

/** The options of every function that reads a relation. Without a call, invalid rows are an error. */
export async function readOptions(context: ComputeContext, call?: Arguments): Promise<Resources> {
  const memory = await memoryFor(context);
  return {
    connection: context.connection,
    signal: context.signal,
    progress: context.progress,
    notice: context.notice,
    onInvalid: call?.choice('on_invalid') ?? 'error',
    store: { memoryLimit: memory.store, directory: await temporaryDirectory(context) },
    threads: await threadsFor(context, memory),
    memory,
  };
}

/** DuckDB's `temp_directory` if it exists, otherwise the system's. */
export async function temporaryDirectory(context: ComputeContext): Promise<string> {
  const directory = await setting(context, 'temp_directory');
  return directory && existsSync(directory) ? directory : tmpdir();
}

async function variable(context: Settled, name: string): Promise<string | undefined> {
  return scalar(context, `SELECT getvariable('${name}')`);
}

async function setting(context: Settled, name: string): Promise<string | undefined> {
  return scalar(context, `SELECT current_setting('${name}')`);
}

async function scalar(context: Settled, sql: string): Promise<string | undefined> {
  const rows = (await context.connection.runAndReadAll(sql)).getRows();
  const value = rows[0]?.[0];
  return value === null || value === undefined ? undefined : String(value);
}

/** The storage for the steps of the connection's run. Undefined when nothing stores them. */
export const checkpointOf = (settings: ReadonlyMap<string, unknown>): Checkpoint | undefined =>
  settings.get('checkpoint') as Checkpoint | undefined;
