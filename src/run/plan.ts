/** The steps of a run in order. */
export const STEPS = ['fit', 'assign', 'pairwise', 'finish'] as const;
/** The name of a step. */
export type StepName = (typeof STEPS)[number];

/** One step. Its tasks are independent of each other. */
export interface Step {
  readonly name: StepName;
  readonly tasks: number;
}

/** A file of the input. */
export interface PlannedFile {
  readonly bytes: number;
}

/** The division of a run into tasks. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Per task of `assign`, the numbers of the input files that it reads. */
  readonly fileGroups: readonly (readonly number[])[];
  /** The same for the files of earlier rows, whose tasks follow. An empty group means a statement. */
  readonly earlierGroups: readonly (readonly number[])[];
  /** Number of buckets of clusters. Each is a task of `pairwise`. */
  readonly buckets: number;
}

/** The data from which a plan is made. */
export interface Planned {
  readonly files: readonly PlannedFile[];
  /** Files of earlier rows: empty for a statement, undefined without earlier rows. */
  readonly earlier?: readonly PlannedFile[];
  readonly tasks: number;
  readonly clusters?: number;
}

/**
 * Divides a run into `tasks` tasks per step, or fewer: a task of `assign` reads entire files, and a task of
 * `pairwise` has at least one cluster. The files of a task are adjacent, and all tasks read about the same
 * number of bytes. Earlier rows have their own tasks in `assign`.
 */
export function planOf({ files, earlier, tasks, clusters }: Planned): Plan {
  const groupsOf = (list: readonly PlannedFile[]): number[][] =>
    groupFiles(list, Math.max(1, Math.min(tasks, list.length)));
  const fileGroups = groupsOf(files);
  const earlierGroups = earlier ? groupsOf(earlier) : [];
  const buckets = Math.max(1, Math.min(tasks, clusters ?? tasks));
  const cut = { fileGroups, earlierGroups, buckets };
  return { steps: stepsOf(cut), ...cut };
}

function stepsOf({ fileGroups, earlierGroups, buckets }: Omit<Plan, 'steps'>): Step[] {
  const counts = { fit: 1, assign: fileGroups.length + earlierGroups.length, pairwise: buckets, finish: 1 };
  return STEPS.map((name) => ({ name, tasks: counts[name] }));
}

/** Returns true when a value is a plan for `files` files, and `earlier` files of earlier rows. */
export function isPlan(value: unknown, files: number, earlier: number): value is Plan {
  const { steps, fileGroups, earlierGroups, buckets } = (value ?? {}) as Partial<Plan>;
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) > 0;
  const areGroups = (groups: unknown, count: number): groups is number[][] =>
    Array.isArray(groups) &&
    groups.every(
      (group) =>
        Array.isArray(group) &&
        group.every(
          (number) => Number.isInteger(number) && (number as number) >= 0 && (number as number) < count,
        ),
    );
  if (!areGroups(fileGroups, files) || !areGroups(earlierGroups, earlier) || !isCount(buckets)) return false;
  const expected = stepsOf({ fileGroups, earlierGroups, buckets });
  return (
    fileGroups.length > 0 &&
    Array.isArray(steps) &&
    steps.length === expected.length &&
    expected.every(({ name, tasks }, i) => steps[i]?.name === name && steps[i].tasks === tasks)
  );
}

function groupFiles(files: readonly PlannedFile[], count: number): number[][] {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const groups: number[][] = Array.from({ length: count }, () => []);
  let before = 0;
  let group = 0;
  files.forEach(({ bytes }, i) => {
    const middle = ((before + bytes / 2) / Math.max(1, total)) * count;
    // Leave enough files that no group is empty.
    const least = Math.max(group, count - (files.length - i));
    const most = groups[group].length > 0 ? group + 1 : group;
    group = Math.min(most, Math.max(least, Math.floor(middle)), count - 1);
    groups[group].push(i);
    before += bytes;
  });
  return groups;
}

/** The previous step, which must be done first. Undefined for the first step. */
export const stepBefore = (name: StepName): StepName | undefined => STEPS[STEPS.indexOf(name) - 1];

/** Numbers in the array syntax of workload managers: `0-3,7`. */
export function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
