import { ioError } from '../errors.ts';
import { parseJson } from '../files/parseJson.ts';
import { FolderLock } from '../output/folderLock.ts';
import { newId } from '../output/workspace.ts';
import type { StepName } from './plan.ts';
import { TASK_FOLDER, type RunFolder } from './runFolder.ts';

/** The record of a finished task. It is written last, so all files that it lists exist. */
export interface DoneTask {
  readonly step: StepName;
  readonly index: number;
  readonly finished: string;
  readonly host: string;
  readonly seconds: number;
  /** Seconds per step of the task's functions; the rest of `seconds` reads and writes files. */
  readonly steps: Readonly<Record<string, number>>;
  /** CPU seconds of all threads. */
  readonly cpuSeconds: number;
  /** Peak memory of the process in bytes. */
  readonly peakBytes: number;
  readonly backend?: { readonly name: string; readonly device: string };
  /** Paths relative to the run's folder. */
  readonly files: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Progress of the tasks of one step. */
export interface StepState {
  readonly done: readonly number[];
  readonly running: readonly number[];
  /** Tasks that are neither done nor known to be running. */
  readonly missing: readonly number[];
}

const stepFolder = (step: StepName): string => `${TASK_FOLDER}/${step}`;
const markerName = (step: StepName, index: number): string => `${stepFolder(step)}/${index}.json`;

/**
 * Reads the record of a task. Returns undefined when the task is not done.
 * @throws NearduckError (IO Error) when the record is damaged.
 */
export async function doneTask(
  folder: RunFolder,
  step: StepName,
  index: number,
): Promise<DoneTask | undefined> {
  const text = await folder.read(markerName(step, index));
  if (text === undefined) return undefined;
  const task = parseJson(text) as Partial<DoneTask> | null | undefined;
  const isOwn = (file: unknown): boolean =>
    typeof file === 'string' && file.startsWith(`${stepFolder(step)}/${index}-`) && !file.includes('/../');
  if (Array.isArray(task?.files) && task.files.every(isOwn) && typeof task.facts === 'object' && task.facts)
    return task as DoneTask;
  throw ioError(
    `'${folder.pathOf(markerName(step, index))}', the record of ${step} task ${index}, is damaged; ` +
      'remove it and run that task again',
  );
}

/** Progress of a step with `tasks` tasks. */
export async function stepState(folder: RunFolder, step: StepName, tasks: number): Promise<StepState> {
  const names = await folder.list(stepFolder(step));
  const done = new Set(names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? []).map(Number));
  const running = new Set<number>();
  for (const name of names) {
    const [, index] = /^(\d+)-[^/]*\/lock$/.exec(name) ?? [];
    if (index === undefined || done.has(Number(index))) continue;
    if (FolderLock.isAlive(folder.pathOf(`${stepFolder(step)}/${name}`))) running.add(Number(index));
  }
  const all = Array.from({ length: tasks }, (_, index) => index);
  return {
    done: all.filter((index) => done.has(index)),
    running: all.filter((index) => running.has(index)),
    missing: all.filter((index) => !done.has(index) && !running.has(index)),
  };
}

/** One attempt at a task. It has its own folder, so that concurrent attempts do not conflict. */
export class Attempt {
  readonly id = newId();
  /** Path relative to the run's folder. */
  readonly name: string;
  readonly #folder: RunFolder;
  readonly #step: StepName;
  readonly #index: number;
  #lock: FolderLock | undefined;

  constructor(folder: RunFolder, step: StepName, index: number) {
    this.#folder = folder;
    this.#step = step;
    this.#index = index;
    this.name = `${stepFolder(step)}/${index}-${this.id}`;
  }

  /** The folder to which the task writes. */
  get path(): string {
    return this.#folder.pathOf(this.name);
  }

  /** Creates the folder, starts heartbeats, and removes the folders of killed attempts. */
  async begin(): Promise<void> {
    this.#folder.make(this.name);
    if (this.#folder.isRemote) return;
    this.#lock = await FolderLock.acquire(`${this.path}/lock`, this.id, { subject: `'${this.path}'` });
    for (const name of await this.#folder.list(stepFolder(this.#step))) {
      const [, other] = new RegExp(`^(${this.#index}-[^/]*)/lock$`).exec(name) ?? [];
      const path = `${stepFolder(this.#step)}/${other}`;
      if (other !== undefined && FolderLock.isDead(this.#folder.pathOf(`${path}/lock`)))
        this.#folder.remove(path);
    }
  }

  /** Makes the written files final. */
  async finish(done: Omit<DoneTask, 'files' | 'step' | 'index'>): Promise<void> {
    this.#lock?.release();
    this.#lock = undefined;
    await this.#folder.sync(this.name);
    const files = (await this.#folder.list(this.name)).map((file) => `${this.name}/${file}`);
    const task: DoneTask = { step: this.#step, index: this.#index, ...done, files };
    await this.#folder.write(markerName(this.#step, this.#index), `${JSON.stringify(task)}\n`, this.id);
  }

  /** Removes the written files. */
  abandon(): void {
    if (!this.#lock) return;
    this.#lock.release();
    this.#folder.remove(this.name);
  }
}
